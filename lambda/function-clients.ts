import { setTimeout } from 'node:timers/promises';
import { EKSClient } from '@aws-sdk/client-eks';
import type { STSClient } from '@aws-sdk/client-sts';
import { SDK_TIMEOUTS } from '../contract/limits.ts';
import { VERSION } from '../contract/version.ts';
import { memoize } from '../kubernetes/cached-value.ts';
import { connectCluster } from '../kubernetes/connection/connect-cluster.ts';
import { eksClusterEndpoint } from '../kubernetes/eks/cluster-endpoint.ts';
import { eksRemedies } from '../kubernetes/eks/eks-remedies.ts';
import { eksToken, regionalStsHost } from '../kubernetes/eks/eks-token.ts';
import { stsClientFactory } from './act/sessions/sts-client.ts';
import type { RefresherConfig } from './config.ts';
import type { Clients } from './handler-deps.ts';
import type { ConnectionDeps } from './login-clients.ts';
import type { CallMeter } from './report/call-meter.ts';

/** Creates the clients of a function, with the credentials of its role. Call it once for each container. */
export function functionClients(
  config: RefresherConfig,
  meter: Pick<CallMeter, 'countSts' | 'countApi'>,
): Clients {
  const { region } = config;
  const now = () => new Date();
  const createStsClient = stsClientFactory({ region, now, countCall: meter.countSts });
  const sts = createStsClient();
  const cluster = connectTo(config, sts, {
    clusterName: config.clusterName,
    version: VERSION,
    now,
    random: Math.random,
    countCall: meter.countApi,
    sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  });
  return {
    ...cluster,
    sts,
    createStsClient,
    loadSecretApi: () =>
      import('./act/secrets/typed-secret-api.ts').then(({ createSecretApi }) =>
        createSecretApi(cluster.connection),
      ),
  };
}

function connectTo(
  config: RefresherConfig,
  sts: STSClient,
  deps: ConnectionDeps,
): Pick<Clients, 'connection' | 'maintainLogin'> {
  const { region, clusterName, clusterApi, vpcId } = config;
  const signing = {
    region,
    stsHost: regionalStsHost(sts, region),
    credentials: () => sts.config.credentials(),
    now: deps.now,
  };
  if (clusterApi === undefined) {
    const eks = new EKSClient({ region, requestHandler: SDK_TIMEOUTS });
    const connection = connectCluster({
      ...deps,
      endpoint: eksClusterEndpoint(eks, clusterName),
      credentials: eksToken({ ...signing, clusterName }),
      remedies: eksRemedies(
        clusterName,
        vpcId === undefined ? undefined : { vpcId, securityGroupIds: [] },
      ),
    });
    return { connection };
  }
  // Functions of clusters on EKS do not load the client of Secrets Manager.
  const load = memoize(async () => {
    const { loginClients } = await import('./login-clients.ts');
    return loginClients(config, clusterApi, deps, signing);
  });
  return {
    connection: { send: async (request) => (await load()).connection.send(request) },
    ...(clusterApi.login === 'secret'
      ? { maintainLogin: async (signal) => (await load()).maintainLogin?.(signal) }
      : {}),
  };
}
