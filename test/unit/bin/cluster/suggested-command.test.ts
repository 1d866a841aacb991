import { describe, expect, it } from 'vitest';
import { suggestCommand } from '../../../../bin/cluster/suggested-command.ts';

const TARGET = {
  cluster: 'stage',
  region: 'eu-west-1',
  account: '111111111111',
  deployed: true,
  context: 'stage admin',
  kubeconfig: '/home/jane/.kube/stage',
};

describe('a suggested command', () => {
  it('has no options without any', () => {
    expect(suggestCommand({ name: 'doctor' }, {})).toBe('kube-aws-iam doctor');
  });

  it('repeats the options that it accepts', () => {
    const words = ['app-orders', '--namespace', 'shop'];
    expect(suggestCommand({ name: 'trust-policy', words }, TARGET)).toBe(
      'kube-aws-iam trust-policy app-orders --namespace shop --cluster stage --region eu-west-1 --account 111111111111 --deployed',
    );
    expect(suggestCommand({ name: 'doctor' }, TARGET)).toBe(
      "kube-aws-iam doctor --cluster stage --region eu-west-1 --account 111111111111 --kubeconfig /home/jane/.kube/stage --context 'stage admin'",
    );
    expect(suggestCommand({ name: 'resume' }, TARGET)).toBe(
      "kube-aws-iam resume --cluster stage --region eu-west-1 --account 111111111111 --kubeconfig /home/jane/.kube/stage --context 'stage admin'",
    );
  });

  it('quotes words for a shell', () => {
    expect(suggestCommand({ name: 'manifests', words: ["a'$(b)"] }, { deployed: false })).toBe(
      `kube-aws-iam manifests 'a'\\''$(b)'`,
    );
  });
});
