import { describe, expect, it } from 'vitest';
import { printedCommand } from '../../../../bin/cluster/suggested-command.ts';

const SAID = {
  cluster: 'stage',
  region: 'eu-west-1',
  deployed: true,
  context: 'stage admin',
  kubeconfig: '/home/jane/.kube/stage',
};

describe('a command that is printed', () => {
  it('says nothing of the cluster where nothing was said', () => {
    expect(printedCommand({ name: 'doctor' }, {})).toBe('kube-aws-iam doctor');
  });

  it('says again what was said, as far as the command takes it', () => {
    const words = ['app-orders', '--namespace', 'shop'];
    expect(printedCommand({ name: 'trust-policy', words }, SAID)).toBe(
      'kube-aws-iam trust-policy app-orders --namespace shop --cluster stage --region eu-west-1 --deployed',
    );
    expect(printedCommand({ name: 'doctor' }, SAID)).toBe(
      "kube-aws-iam doctor --cluster stage --region eu-west-1 --kubeconfig /home/jane/.kube/stage --context 'stage admin'",
    );
    expect(printedCommand({ name: 'resume' }, SAID)).toBe(
      'kube-aws-iam resume --cluster stage --region eu-west-1',
    );
  });

  it('gives a shell nothing to do but the command', () => {
    expect(printedCommand({ name: 'manifests', words: ["a'$(b)"] }, { deployed: false })).toBe(
      `kube-aws-iam manifests 'a'\\''$(b)'`,
    );
  });
});
