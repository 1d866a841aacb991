import { expect } from 'vitest';
import { ALLOWED_ROLES_ANNOTATION } from '../../../contract/kubernetes/namespace.ts';
import type { Authenticate } from '../../../local/kubernetes/access/user-info.ts';
import {
  type RealCluster,
  type RealClusterOptions,
  startRealCluster,
} from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { awsIamRoles } from './awsiamrole-definition.ts';
import { type ChartCluster, chartCluster } from './chart-cluster.ts';
import { renderChart } from './helm.ts';

/** A real cluster with the chart installed. */
export interface ChartedCluster extends RealCluster, Pick<ChartCluster, 'admin' | 'as'> {
  /** Creates a namespace that allows the roles. */
  createNamespace(name: string, allowed: readonly string[]): Promise<void>;
  /** Changes the roles that a namespace allows. */
  allow(namespace: string, allowed: readonly string[]): Promise<void>;
}

/** Returns a function that starts a real cluster with the chart, without pods of the forwarder. */
export function realChartedCluster(options: RealClusterOptions = {}, values: object = {}) {
  return async (authenticate: Authenticate): Promise<ChartedCluster> => {
    const real = await startRealCluster({ ...options, authenticate });
    const cluster = chartCluster(real);
    for (const manifest of await renderChart({ 'forwarder.replicas': 0, ...values })) {
      await cluster.apply(manifest);
    }
    await waitUntil('AWSIAMRoles to be served', async () => {
      const { status } = await cluster.admin('GET', awsIamRoles());
      return status === 200 || undefined;
    });
    const annotated = (allowed: readonly string[]) => ({
      annotations: { [ALLOWED_ROLES_ANNOTATION]: JSON.stringify(allowed) },
    });
    return {
      ...real,
      admin: cluster.admin,
      as: cluster.as,
      async createNamespace(name, allowed) {
        const body = { metadata: { name, ...annotated(allowed) } };
        const { status } = await cluster.admin('POST', '/api/v1/namespaces', body);
        expect(status).toBe(201);
      },
      async allow(namespace, allowed) {
        const path = `/api/v1/namespaces/${namespace}`;
        const patch = { metadata: annotated(allowed) };
        await cluster.admin('PATCH', path, patch, 'application/merge-patch+json');
      },
      async stop() {
        await cluster.close();
        await real.stop();
      },
    };
  };
}
