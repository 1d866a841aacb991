import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { kubeAwsIam } from '../support/programs/command-line.ts';
import { DEMO_LINES } from '../support/programs/demo-lines.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Runs the demo on a real cluster, with its temporary files in a new folder. */
async function demoOnRealCluster(assets = process.env['KUBEBUILDER_ASSETS'] ?? '') {
  const folder = temporaryFolder();
  const env = { KUBEBUILDER_ASSETS: assets, TMPDIR: folder };
  const result = await kubeAwsIam(['demo', '--real'], { env });
  return { ...result, left: readdirSync(folder) };
}

it('demo --real prints how to get missing binaries, and starts nothing', async () => {
  const { code, stdout, stderr } = await demoOnRealCluster(temporaryFolder());
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toBe(
    'error: missing binaries etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubemark: ' +
      'build them with `npm run cluster:build` (once; needs Go, takes ten minutes), or set KUBEBUILDER_ASSETS to their folder\n',
  );
});

describeChartOnRealCluster('demo --real', () => {
  it('runs every step on a real control plane, and leaves no files', async () => {
    const { code, stdout, stderr, left } = await demoOnRealCluster();
    expect(stderr).not.toContain('error:');
    expect(code).toBe(0);
    for (const line of [
      /kube-apiserver v1\.\d+\.\d+, which verifies EKS tokens by webhook/,
      /the chart, release kube-aws-iam, installed by Helm with the values of the stack/,
      // The pod has a name from its Deployment.
      /pod kube-aws-iam\/kube-aws-iam-forwarder-\w+-\w+ mounts aws-iam-kube-aws-iam-forwarder/,
    ]) {
      expect(stdout).toMatch(line);
    }
    for (const line of DEMO_LINES) expect(stdout).toContain(line);
    expect(stdout).not.toMatch(/FAILED|ASIA[A-Z0-9]{8}/);
    expect(left).toEqual([]);
    // Takes about 30 s on an idle machine.
  }, 180_000);
});
