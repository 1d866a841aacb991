import { setTimeout } from 'node:timers/promises';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { REFRESHER_SERVICE_ACCOUNT } from '../../contract/kubernetes/cluster-access.ts';
import { VERSION } from '../../contract/version.ts';
import type { ServiceAccount } from '../../forwarder/watching/service-account.ts';
import { cacheUntilStale } from '../../kubernetes/cached-value.ts';
import { connectCluster } from '../../kubernetes/connection/connect-cluster.ts';
import type { ClosableConnection } from '../../kubernetes/kubernetes-connection.ts';
import { stsClientFactory } from '../../lambda/act/sessions/sts-client.ts';
import type { Clients } from '../../lambda/handler-deps.ts';
import type { CallMeter } from '../../lambda/report/call-meter.ts';
import type { InClusterConfig } from '../config.ts';
import { explainOwnCredentials } from './own-credentials.ts';
import { createPlainSecretApi } from './secret-api.ts';

interface ConnectionDeps {
  readonly config: InClusterConfig;
  readonly account: ServiceAccount;
  now(): Date;
}

/** The kubelet replaces the token long before it expires; client-go reads it every minute too. */
const TOKEN_USE_MS = 60_000;

/** A connection pool is replaced with the authority. A cluster that replaces its authority trusts both for longer. */
const AUTHORITY_USE_MS = 600_000;

/** Connects to the API server of the cluster that this process runs in, with the ServiceAccount of its pod. */
export function connectOwnCluster(
  { config, account, now }: ConnectionDeps,
  countCall: (isThrottled: boolean) => void,
): ClosableConnection {
  const { host, port } = config.apiServer;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const staleIn = (milliseconds: number) => new Date(now().getTime() + milliseconds);
  return connectCluster({
    clusterName: config.refresher.clusterName,
    endpoint: cacheUntilStale(
      async () => ({
        url,
        certificateAuthority: await account.certificateAuthority(),
        staleAt: staleIn(AUTHORITY_USE_MS),
      }),
      now,
    ),
    credentials: cacheUntilStale(async () => {
      account.invalidateToken();
      return { value: await account.token(), staleAt: staleIn(TOKEN_USE_MS) };
    }, now),
    remedies: {
      rejected: () =>
        `The API server rejected two tokens of the ServiceAccount ${PRODUCT_NAMESPACE}/${REFRESHER_SERVICE_ACCOUNT} (401). If the ServiceAccount was deleted and created again, restart the pod: kubectl --namespace ${PRODUCT_NAMESPACE} rollout restart deployment kube-aws-iam-refresher`,
      unreachable: () =>
        'The next pass tries again. If the error persists, check that the pod can reach the API server: its node, network policies, and the port that the NetworkPolicy of the chart allows.',
    },
    version: VERSION,
    now,
    random: Math.random,
    countCall,
    sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  });
}

/** Creates the clients of one function of this process. */
export function clusterClients(deps: ConnectionDeps, meter: CallMeter): Clients {
  const { config, now } = deps;
  const { region } = config.refresher;
  const createStsClient = stsClientFactory({ region, now, countCall: meter.countSts });
  const connection = connectOwnCluster(deps, meter.countApi);
  return {
    connection,
    sts: explainOwnCredentials(createStsClient(), config.refresher),
    createStsClient,
    loadSecretApi: async () => createPlainSecretApi(connection),
  };
}
