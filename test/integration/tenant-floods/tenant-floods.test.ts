import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '../../../contract/metrics.ts';
import type { PassReport } from '../../../lambda/report/pass-report.ts';
import { awsIamRoles, HEADER } from '../../support/chart/awsiamrole-definition.ts';
import {
  CLUSTER_NAME,
  type Deployment,
  deploy,
  REFRESH,
  SWEEP,
} from '../../support/deployment/deployment.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';
import { type FloodableCluster, floodableCluster } from './flooded-cluster.ts';
import { FLOODED, FLOODS } from './floods.ts';
import { measuredProcesses } from './measured-processes.ts';

/** Maximum memory (RSS) of a function, in MiB. */
const MAX_MEMORY = 256;

/** After this time, all credentials are due for renewal, in seconds. */
const DUE_AFTER = 36 * 60;

/** The other tenants. Each has a pod with a Secret, and an AWSIAMRole with another. */
const TENANTS = ['shop', 'bank', 'desk'];

/** The API server takes a minute to store the objects, more on a busy machine. */
const TIMEOUT_MS = 600_000;

const FLOODED_RESOURCES = ['pods', 'awsiamroles'] as const;

const PASSES = [
  [REFRESH, 'refresh'],
  [SWEEP, 'sweep'],
] as const;

/**
 * Floods of large objects by one tenant, who can create pods and AWSIAMRoles in one namespace. The functions run as they are
 * deployed, each in a new process.
 */
describeChartOnRealCluster('a flood of large objects in one namespace', () => {
  const processes = measuredProcesses();
  let deployment: Deployment & { readonly cluster: FloodableCluster };
  /** Number of pods that each tenant has. */
  let pods = 0;

  beforeAll(async () => {
    deployment = await deploy(floodableCluster, {}, undefined, processes.start);
    // On a busy machine, a pass takes longer than on Lambda.
    for (const [name] of PASSES) deployment.cloud.functions.overrideTimeout(name, 600);
    deployment.addPodRole('app-report');
    const { cluster } = deployment;
    for (const tenant of TENANTS) {
      await cluster.createNamespace(tenant, ['app-*']);
      const spec = { roleReference: 'app-report' };
      await create(awsIamRoles(tenant), { ...HEADER, metadata: { name: 'report' }, spec });
    }
    await addPods();
    await run(REFRESH, 'refresh');
  });
  afterEach(async () => {
    for (const resource of FLOODED_RESOURCES) await deployment.cluster.drain(resource);
  });
  afterAll(() => deployment?.stop());

  async function create(path: string, object: object): Promise<void> {
    const { status, body } = await deployment.cluster.admin('POST', path, object);
    expect(status, JSON.stringify(body)).toBe(201);
  }

  /** Creates a pod with a new role for each tenant. */
  async function addPods(): Promise<void> {
    const role = `app-${pods}`;
    pods += 1;
    deployment.addPodRole(role);
    for (const tenant of TENANTS) {
      await create(`/api/v1/namespaces/${tenant}/pods`, {
        metadata: { name: `pod-of-${role}` },
        spec: {
          containers: [{ name: 'c', image: 'app' }],
          volumes: [{ name: 'v', secret: { secretName: `aws-iam-${role}` } }],
        },
      });
    }
  }

  /** Runs a pass in a new process. Returns its report. */
  async function run(functionName: string, pass: string): Promise<PassReport> {
    await deployment.cloud.functions.retireIdle();
    const startedAt = performance.now();
    const result = await deployment.invoke(functionName, { pass });
    const seconds = (performance.now() - startedAt) / 1_000;
    console.info(`${pass}: ${processes.peakMegabytes().toFixed(0)} MiB, ${seconds.toFixed(1)} s`);
    return (result as { readonly report: PassReport }).report;
  }

  /** How many of a tenant's Secrets have credentials of the last minutes. */
  async function issuedNow(tenant: string): Promise<number> {
    const { body } = await deployment.cluster.admin('GET', `/api/v1/namespaces/${tenant}/secrets`);
    const soonest = deployment.clock.now().getTime() + 45 * 60_000;
    return body.items.filter(({ metadata: { annotations } }) => {
      const { 'kube-aws-iam/expires-at': expiresAt = '' } = annotations as Record<string, string>;
      return Date.parse(expiresAt) >= soonest;
    }).length;
  }

  /** The values of a metric in the last minutes. */
  function valuesOf(name: string, service: string): readonly number[] {
    const { metrics } = deployment.cloud.cloudWatch;
    const now = deployment.clock.now();
    const span = { from: new Date(now.getTime() - 900_000), until: new Date(now.getTime() + 1) };
    const dimensions = { Cluster: CLUSTER_NAME, service };
    return metrics.values({ namespace: METRICS_NAMESPACE, name, dimensions }, span, now);
  }

  it.each(FLOODED_RESOURCES)(
    'of %s takes little memory, delays no other tenant, and is a ticket that names the namespace',
    async (resource) => {
      const floods = FLOODS.filter((flood) => flood.resource === resource);
      const objects = floods.reduce((sum, { count }) => sum + count, 0);
      await deployment.cluster.flood(floods);
      for (const [functionName, pass] of PASSES) {
        deployment.clock.advance(DUE_AFTER);
        await addPods();
        const report = await run(functionName, pass);
        expect(processes.peakMegabytes()).toBeLessThan(MAX_MEMORY);
        // All due credentials are renewed, and those of new pods are created.
        for (const tenant of TENANTS) expect(await issuedNow(tenant)).toBe(pods + 1);
        expect(report[resource === 'pods' ? 'podsSeen' : 'awsIamRolesSeen']).toBeGreaterThan(
          objects,
        );
        expect(report.incomplete).toEqual([]);
        expect(new Set(report.overBudget.map(({ namespace }) => namespace))).toEqual(
          new Set([FLOODED]),
        );
        expect(valuesOf(METRICS.namespacesOverBudget, pass)).toEqual([1]);
        expect(valuesOf(METRICS.runsCompleted, pass)).toEqual([1]);
        expect(valuesOf(METRICS.failedForOperator, pass)).toEqual([0]);
        expect(valuesOf(METRICS.overdueForOperator, pass)).toEqual([0]);
        console.info(
          `calls: ${valuesOf(METRICS.apiCalls, pass)} to the API server, ${valuesOf(METRICS.stsCalls, pass)} to STS`,
        );
      }
    },
    TIMEOUT_MS,
  );
});
