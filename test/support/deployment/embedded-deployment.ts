import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  REFRESHERS_GROUP,
  SESSIONS_SERVICE_ACCOUNT,
} from '../../../contract/kubernetes/cluster-access.ts';
import type { StartEnvironmentProcess } from '../../../local/aws/lambda/environment-process.ts';
import type { MovableClock } from '../../../local/clock.ts';
import { authorizeByRules } from '../../../local/kubernetes/access/authorization.ts';
import { chartRules } from '../../../local/kubernetes/access/chart-rules.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../local/kubernetes/embedded-cluster.ts';
import { ACCOUNT, type Deployment, deploy } from './deployment.ts';

/** The deployed product, connected to an embedded cluster with the permissions of the chart. */
export interface EmbeddedDeployment extends Deployment {
  readonly cluster: EmbeddedCluster;
  /** Client of the cluster's admin. */
  readonly admin: CoreV1Api;
}

/** Deploys the stack with these settings, connected to an embedded cluster. */
export async function deployEmbedded(
  settings: object = {},
  startClock?: () => MovableClock,
  startProcess?: StartEnvironmentProcess,
  accountConcurrency?: number,
): Promise<EmbeddedDeployment> {
  const { sessions } = settings as { sessions?: { readonly issuer?: string } };
  const issuer = sessions?.issuer;
  const authorize = authorizeByRules([
    ...(await chartRules()),
    ...(issuer === undefined ? [] : [TOKENS_OF_SESSIONS]),
  ]);
  const deployment = await deploy(
    (authenticate, clock) => startEmbeddedCluster({ clock, authenticate, authorize, issuer }),
    settings,
    startClock,
    startProcess,
    accountConcurrency,
  );
  const { url: server, caPem, adminToken: token } = deployment.cluster;
  const config = new KubeConfig();
  const caData = Buffer.from(caPem).toString('base64');
  config.loadFromClusterAndUser(
    { name: 'test', server, caData, skipTLSVerify: false },
    { name: 'admin', token },
  );
  const admin = config.makeApiClient(CoreV1Api);
  if (issuer !== undefined) await installIdentity(deployment, admin);
  return { ...deployment, admin };
}

/** The permission in the chart with the value `sessions.serviceAccount`. */
const TOKENS_OF_SESSIONS = {
  group: REFRESHERS_GROUP,
  verbs: ['create'],
  apiGroups: [''],
  resources: ['serviceaccounts/token'],
  resourceNames: [SESSIONS_SERVICE_ACCOUNT],
  namespace: PRODUCT_NAMESPACE,
};

/** Creates the ServiceAccount that opens sessions, and registers the issuer of the cluster in the account. */
async function installIdentity(
  { cloud, cluster }: Deployment & { readonly cluster: EmbeddedCluster },
  admin: CoreV1Api,
): Promise<void> {
  await admin.createNamespace({ body: { metadata: { name: PRODUCT_NAMESPACE } } });
  await admin.createNamespacedServiceAccount({
    namespace: PRODUCT_NAMESPACE,
    body: { metadata: { name: SESSIONS_SERVICE_ACCOUNT } },
  });
  cloud.sts.addOidcProvider({
    account: ACCOUNT,
    url: cluster.tokens.issuer,
    clientIds: ['sts.amazonaws.com'],
    keys: cluster.tokens.jwks,
  });
}
