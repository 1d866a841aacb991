import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAllYaml, loadYaml } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { AWSIAMROLE } from '../../../contract/kubernetes/awsiamrole.ts';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';
import { DEFINITION_NAME } from '../../support/chart/awsiamrole-definition.ts';
import { helm, type Manifest, manifestNamed } from '../../support/chart/helm.ts';
import { ADDRESS } from '../../support/deployment/kubernetes-settings.ts';
import { bundledProgram } from '../../support/programs/bundled-program.ts';
import { HELM, requires } from '../../support/requirements.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const CLUSTERS = [
  { clusterName: 'prod', region: 'eu-central-1', assumableRoles: ['app-*'] },
  { clusterName: 'staging', assumableRoles: ['app-*'] },
];

const OWN = { kind: 'ServiceAccount', name: 'kube-aws-iam-refresher', namespace: 'kube-aws-iam' };
const GROUP = { kind: 'Group', name: 'kube-aws-iam:refreshers' };
const USER = { kind: 'User', name: 'a@b.c' };

/** Runs the command with a `cdk.json` and without AWS configuration. */
async function manifests(words: readonly string[], clusters: readonly object[] = CLUSTERS) {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ context: { clusters } }));
  return runToEnd(process.execPath, [await bundledProgram(), 'manifests', ...words], {
    cwd,
    env: { PATH: process.env['PATH'], AWS_CONFIG_FILE: '/dev/null' },
  });
}

describe('kube-aws-iam manifests', () => {
  it('prints the manifests of a cluster, with the forwarder', requires(HELM), async () => {
    const { stdout } = await manifests(['prod']);
    const rendered: readonly Manifest[] = loadAllYaml(stdout).filter((one) => one !== null);
    expect(new Set(rendered.map(({ kind }) => kind))).toEqual(
      new Set([
        'CustomResourceDefinition',
        'Namespace',
        'ServiceAccount',
        'ConfigMap',
        'ClusterRole',
        'ClusterRoleBinding',
        'Deployment',
        'NetworkPolicy',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicyBinding',
      ]),
    );
    expect(manifestNamed(rendered, 'CustomResourceDefinition', DEFINITION_NAME)['spec']).toEqual(
      expect.objectContaining({ group: AWSIAMROLE.group }),
    );
    expect(stdout).toContain('aws-iam-kube-aws-iam-forwarder-eu-central-1-prod');
    expect(stdout).toContain('kube-aws-iam-prod');
  });

  it.each([
    ['eu-central-1', {}, 'arn:aws:iam::123456789012:role/'],
    ['cn-north-1', {}, 'arn:aws-cn:iam::123456789012:role/'],
    [
      'eu-central-1',
      { baseRoleArn: 'arn:aws:iam::210987654321:role/a/' },
      'arn:aws:iam::210987654321:role/a/',
    ],
  ])(
    'prints the injection policies, with the ARNs of the stack in %s',
    requires(HELM),
    async (region, settings, base) => {
      const cluster = {
        clusterName: 'prod',
        region,
        account: '123456789012',
        assumableRoles: ['a'],
      };
      const { stdout } = await manifests([], [{ ...cluster, podInjection: true, ...settings }]);
      expect(stdout).toContain('kind: MutatingAdmissionPolicy\n');
      expect(stdout).toContain(`["${base}",`);
    },
  );

  it.each([
    [{ ...ADDRESS, login: 'serviceAccount' }, OWN, true],
    [{ ...ADDRESS, login: 'awsIamAuthenticator' }, GROUP, false],
    [{ login: 'kubeconfig', subject: { kind: 'User', name: 'a@b.c' } }, USER, false],
  ])(
    'prints and writes what a cluster outside EKS needs, without AWS: %j',
    requires(HELM),
    async (kubernetes, subject, rotatesLogin) => {
      const cluster = { clusterName: 'onprem', region: 'eu-central-1', assumableRoles: ['a'] };
      const clusters = [{ ...cluster, kind: 'kubernetes', kubernetes }];
      const { stdout } = await manifests([], clusters);
      const rendered: readonly Manifest[] = loadAllYaml(stdout).filter((one) => one !== null);
      const binding = manifestNamed(rendered, 'ClusterRoleBinding', 'kube-aws-iam-refresher');
      expect(binding['subjects']).toEqual([expect.objectContaining(subject)]);
      expect(stdout.includes('kube-aws-iam-refresher-tokens')).toBe(rotatesLogin);
      const folder = temporaryFolder();
      await manifests(['--chart', folder], clusters);
      expect(loadYaml(readFileSync(join(folder, 'values.yaml'), 'utf8'))).toMatchObject({
        refresher: { subject, rotatesLogin },
        forwarder: { apiServerPorts: [443, 6_443] },
      });
    },
  );

  it('writes the chart with the values of the cluster', async () => {
    const folder = temporaryFolder();
    const { stderr } = await manifests(['staging', '--region', 'us-east-1', '--chart', folder]);
    expect(stderr).toContain(`helm upgrade kube-aws-iam ${folder} --install `);
    expect(existsSync(join(folder, 'files', 'forwarder.cjs.gz'))).toBe(true);
    expect(loadYaml(readFileSync(join(folder, 'values.yaml'), 'utf8'))).toMatchObject({
      forwarder: { region: 'us-east-1', eventBusName: 'kube-aws-iam-staging', replicas: 1 },
    });
  });

  it('writes a chart that passes helm lint and renders as printed', requires(HELM), async () => {
    const folder = temporaryFolder();
    await manifests(['prod', '--chart', folder]);
    expect(await helm('lint', folder)).toContain('0 chart(s) failed');
    const { stdout } = await manifests(['prod']);
    expect(await helm('template', 'kube-aws-iam', folder)).toBe(stdout);
  });

  it.each([
    [
      'a missing cluster name',
      [],
      /cdk.json has several clusters: choose one with "--cluster prod", "--cluster staging"/,
    ],
    [
      'an unknown cluster',
      ['dev'],
      /no cluster "dev"; it has "--cluster prod", "--cluster staging"/,
    ],
    [
      'an unknown cluster with --cluster',
      ['--cluster', 'dev'],
      /no cluster "dev"; it has "--cluster prod", "--cluster staging"/,
    ],
    ['an unknown region', ['staging'], /region of cluster "staging" is unknown: use --region/],
  ])('rejects %s', async (_, words, message) => {
    await expect(manifests(words)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(message),
    });
  });

  it('rejects podInjection without an account', async () => {
    const cluster = { clusterName: 'prod', region: 'eu-central-1', assumableRoles: ['a'] };
    await expect(manifests([], [{ ...cluster, podInjection: true }])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'podInjection needs the account of cluster "prod": use --account, or set "account" or "baseRoleArn"',
      ),
    });
    await expect(
      manifests(
        [],
        [{ ...cluster, region: 'xx-nowhere-1', podInjection: true, account: '123456789012' }],
      ),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining('unknown region "xx-nowhere-1"'),
    });
  });

  it('reports invalid settings', async () => {
    await expect(manifests([], [{ clusterName: 'prod' }])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('clusters[0].assumableRoles is missing'),
    });
  });
});
