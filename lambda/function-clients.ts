import { setTimeout } from 'node:timers/promises';
import { EKSClient } from '@aws-sdk/client-eks';
import { SDK_TIMEOUTS } from '../contract/limits.ts';
import { VERSION } from '../contract/version.ts';
import { connectCluster } from '../kubernetes/connection/connect-cluster.ts';
import { eksClusterEndpoint } from '../kubernetes/eks/cluster-endpoint.ts';
import { eksRemedies } from '../kubernetes/eks/eks-remedies.ts';
import { eksToken, regionalStsHost } from '../kubernetes/eks/eks-token.ts';
import { stsClientFactory } from './act/sessions/sts-client.ts';
import type { RefresherConfig } from './config.ts';
import type { Clients } from './handler-deps.ts';
import type { CallMeter } from './report/call-meter.ts';

/** Creates the clients of a function, with the credentials of its role. Call it once for each container. */
export function functionClients(
  config: RefresherConfig,
  meter: Pick<CallMeter, 'countSts' | 'countApi'>,
): Clients {
  const { region, clusterName } = config;
  const now = () => new Date();
  const createStsClient = stsClientFactory({ region, now, countCall: meter.countSts });
  const sts = createStsClient();
  const connection = connectCluster({
    endpoint: eksClusterEndpoint(
      new EKSClient({ region, requestHandler: SDK_TIMEOUTS }),
      clusterName,
    ),
    credentials: eksToken({
      clusterName,
      region,
      stsHost: regionalStsHost(sts, region),
      credentials: () => sts.config.credentials(),
      now,
    }),
    remedies: eksRemedies(
      clusterName,
      config.vpcId === undefined ? undefined : { vpcId: config.vpcId, securityGroupIds: [] },
    ),
    clusterName,
    version: VERSION,
    now,
    random: Math.random,
    countCall: meter.countApi,
    sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  });
  return {
    connection,
    sts,
    createStsClient,
    loadSecretApi: () =>
      import('./act/secrets/typed-secret-api.ts').then(({ createSecretApi }) =>
        createSecretApi(connection),
      ),
  };
}
