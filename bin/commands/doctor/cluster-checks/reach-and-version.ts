import * as z from 'zod';
import { errorMessageOf } from '../../../../contract/errors.ts';
import { ClusterSetupError } from '../../../../kubernetes/errors.ts';
import { accessForOperator } from '../aws-checks/endpoint-access.ts';
import { type Check, type Finding, failed, notChecked, ok, unreadable } from '../check.ts';
import type { ClusterRequest } from '../readers/cluster-reader.ts';

/** Response of `/version`. */
interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}

const VERSION: ClusterRequest<ServerVersion> = {
  path: '/version',
  permission: 'get /version',
  schema: z.object({ major: z.string(), minor: z.string(), gitVersion: z.string() }),
};

/** First minor versions of Kubernetes 1 that the chart supports (`kubeVersion`), and with MutatingAdmissionPolicy. */
const CHART_SINCE = 32;
const MUTATING_SINCE = 36;

/** The cluster of the kubeconfig responds. */
export const clusterCheck: Check = {
  id: 'cluster',
  title: 'cluster',
  async run({ cluster, aws, settings }) {
    try {
      const { context, server } = await cluster.connect();
      const result = await cluster.read(VERSION);
      // A 403 is a response too.
      if (result.kind === 'failed') return unreadable(result);
      return ok(`context "${context}", ${server}`);
    } catch (error) {
      const finding = judgeNoResponse(error);
      if (finding.status !== 'failed') return finding;
      const described =
        settings.kind === 'eks' ? await aws.cluster(settings.clusterName) : undefined;
      const remedy = described?.kind === 'found' ? accessForOperator(described.value) : undefined;
      return remedy === undefined ? finding : { ...finding, remedy };
    }
  },
};

/** Judges an error without a response: without access the cluster's state is unknown, an unreachable cluster has failed. */
export function judgeNoResponse(error: unknown): Finding {
  const message = errorMessageOf(error);
  return error instanceof ClusterSetupError
    ? notChecked(message, 'fix the kubeconfig, or choose another with --kubeconfig or --context')
    : failed(message, 'make sure that kubectl can reach the cluster');
}

/** The cluster has a supported version. */
export const versionCheck: Check = {
  id: 'version',
  title: 'Kubernetes version',
  requires: ['cluster'],
  after: ['right-cluster', 'chart-cluster'],
  async run({ cluster, settings }) {
    const result = await cluster.read(VERSION);
    if (result.kind === 'absent') return notChecked('the cluster does not report its version');
    return result.kind === 'found'
      ? judgeVersion(result.value, settings.podInjection)
      : unreadable(result);
  },
};

/** Judges the version of the server. EKS writes minor versions as `32+`. */
export function judgeVersion(
  { major, minor, gitVersion }: ServerVersion,
  podInjection: boolean,
): Finding {
  const actual = Number.parseInt(minor, 10);
  const required = podInjection ? MUTATING_SINCE : CHART_SINCE;
  if (major === '1' && actual >= required) return ok(gitVersion);
  const reason = podInjection
    ? `podInjection needs MutatingAdmissionPolicy, available since 1.${MUTATING_SINCE}`
    : `the chart supports 1.${CHART_SINCE} and later`;
  return failed(
    `Kubernetes ${gitVersion} is too old: ${reason}`,
    podInjection
      ? 'upgrade the cluster, or set "podInjection": false and deploy again'
      : 'upgrade the cluster',
  );
}
