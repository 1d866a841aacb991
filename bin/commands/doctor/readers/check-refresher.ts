import { HTTP_STATUS } from '../../../../contract/http-status.ts';
import { REFRESHER_LEASE } from '../../../../contract/kubernetes/refresher-lease.ts';
import { PASS } from '../../../../contract/pass.ts';
import { functionNameOf } from '../../../../infra/names.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { memoize } from '../../../../kubernetes/cached-value.ts';
import { KubernetesApiError } from '../../../../kubernetes/errors.ts';
import { requestPass } from '../../../in-cluster/request-pass.ts';
import type { InvocationResult } from '../../../lambda/invoke-function.ts';
import type { AwsReader } from './aws-reader.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { ReadResult } from './read-result.ts';

/** Has the refresher check what it can read and assume, once. It writes nothing. */
export type CheckRefresher = () => Promise<ReadResult<InvocationResult>>;

interface RefresherReaders {
  readonly settings: Pick<ClusterSettings, 'clusterName' | 'runsIn'>;
  readonly aws: Pick<AwsReader, 'check'>;
  readonly cluster: ClusterReader;
}

const TIMEOUT_MS = 200_000;

/** Creates the check of the function, or of the refresher in the cluster. */
export function refresherCheck({ settings, aws, cluster }: RefresherReaders): CheckRefresher {
  return memoize(() =>
    settings.runsIn === 'cluster'
      ? checkInCluster(cluster)
      : aws.check(functionNameOf(settings.clusterName, 'refresh')),
  );
}

async function checkInCluster(cluster: ClusterReader): Promise<ReadResult<InvocationResult>> {
  const { connection } = await cluster.connect();
  try {
    const value = await requestPass(
      connection,
      { pass: PASS.check },
      async () => `nothing holds Lease ${REFRESHER_LEASE.name}`,
      AbortSignal.timeout(TIMEOUT_MS),
    );
    return { kind: 'found', value };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { cause, message } = error;
    const isForbidden =
      cause instanceof KubernetesApiError && cause.status === HTTP_STATUS.forbidden;
    return isForbidden
      ? {
          kind: 'forbidden',
          permission: `get and patch leases in namespace "${REFRESHER_LEASE.namespace}"`,
        }
      : { kind: 'failed', message };
  }
}
