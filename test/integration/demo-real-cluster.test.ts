import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { kubeAwsIam } from '../support/command-line.ts';
import { DEMO_LINES } from '../support/demo-lines.ts';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Runs the demo on a real cluster, with its temporary files in a folder of its own. */
async function demoOnRealCluster(assets = process.env['KUBEBUILDER_ASSETS'] ?? '') {
  const folder = temporaryFolder();
  const env = { KUBEBUILDER_ASSETS: assets, TMPDIR: folder };
  const result = await kubeAwsIam(['demo', '--real'], { env });
  return { ...result, left: readdirSync(folder) };
}

it('demo --real says how to get the binaries where there are none, and starts nothing', async () => {
  const { code, stdout, stderr } = await demoOnRealCluster(temporaryFolder());
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toBe(
    'error: there are no binaries of etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubemark: ' +
      '`npm run cluster:build` builds them (Go needed, ten minutes, once), or set KUBEBUILDER_ASSETS to a folder that has them\n',
  );
});

describeChartOnRealCluster('demo --real', () => {
  it('tells the whole story on a real control plane, and leaves nothing behind', async () => {
    const { code, stdout, stderr, left } = await demoOnRealCluster();
    expect(stderr).not.toContain('error:');
    expect(code).toBe(0);
    for (const told of [
      /kube-apiserver v1\.\d+\.\d+, which asks by webhook whose an EKS token is/,
      /Helm has installed the chart, release kube-aws-iam, with the values of the stack/,
      // As a Deployment names its pods.
      /pod kube-aws-iam\/kube-aws-iam-forwarder-\w+-\w+ mounts aws-iam-kube-aws-iam-forwarder/,
    ]) {
      expect(stdout).toMatch(told);
    }
    for (const told of DEMO_LINES) expect(stdout).toContain(told);
    expect(stdout).not.toMatch(/FAILED|ASIA[A-Z0-9]{8}/);
    expect(left).toEqual([]);
    // Half a minute alone; only a hang takes this long.
  }, 180_000);
});
