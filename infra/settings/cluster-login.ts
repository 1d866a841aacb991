import { type ClusterApi, compactCertificates } from '../../contract/cluster-api.ts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import {
  REFRESHER_SERVICE_ACCOUNT,
  REFRESHERS_GROUP,
  type RefresherSubject,
} from '../../contract/kubernetes/cluster-access.ts';
import { certificateAuthoritiesPem } from './certificate-authorities.ts';
import { type ClusterKind, type KubernetesSetting, serverOrigin } from './schema/kubernetes.ts';

const OWN_SERVICE_ACCOUNT: RefresherSubject = {
  kind: 'ServiceAccount',
  name: REFRESHER_SERVICE_ACCOUNT,
  namespace: PRODUCT_NAMESPACE,
};

interface LoginSettings {
  readonly runsIn: 'lambda' | 'cluster';
  readonly kubernetes?: KubernetesSetting | undefined;
}

/** Returns the user, group or ServiceAccount as which the refresher is authenticated in the cluster. */
export function refresherSubject({ runsIn, kubernetes }: LoginSettings): RefresherSubject {
  if (runsIn === 'cluster' || kubernetes?.login === 'serviceAccount') return OWN_SERVICE_ACCOUNT;
  const { kind = 'Group', name = REFRESHERS_GROUP, namespace } = kubernetes?.subject ?? {};
  // The schema requires the namespace of a ServiceAccount.
  return kind === 'ServiceAccount' ? { kind, name, namespace: namespace ?? '' } : { kind, name };
}

/** Whether the login of the functions is in Secrets Manager. */
export function usesLoginSecret({ runsIn, kubernetes }: LoginSettings): boolean {
  return (
    runsIn === 'lambda' && kubernetes !== undefined && kubernetes.login !== 'awsIamAuthenticator'
  );
}

/** Whether the functions log in with a token that they replace themselves. */
export function rotatesLogin({ runsIn, kubernetes }: LoginSettings): boolean {
  return runsIn === 'lambda' && kubernetes?.login === 'serviceAccount';
}

/**
 * Returns how the functions reach a cluster that is not on EKS, and log in; undefined for one on EKS.
 *
 * @param secretArn - ARN of the secret with the login; can be a token
 */
export function clusterApi(
  {
    clusterName,
    kubernetes,
  }: {
    readonly clusterName: string;
    readonly kubernetes?: KubernetesSetting | undefined;
  },
  secretArn: string,
): ClusterApi | undefined {
  if (kubernetes === undefined) return undefined;
  const { server = '', certificateAuthority, login, authenticatorClusterId } = kubernetes;
  if (certificateAuthority === undefined) return { login: 'secret', secretArn };
  const address = {
    server: serverOrigin(server) ?? server,
    certificateAuthority: compactCertificates(certificateAuthoritiesPem(certificateAuthority)),
  };
  return login === 'awsIamAuthenticator'
    ? { ...address, login, clusterId: authenticatorClusterId ?? clusterName }
    : { ...address, login: 'secret', secretArn };
}

/**
 * Returns the ports that API servers outside EKS may have inside of the cluster: the usual ones, and the one outside of it.
 */
export function apiServerPorts({ kubernetes }: Pick<LoginSettings, 'kubernetes'>): number[] {
  const { server } = kubernetes ?? {};
  const port = server === undefined ? '' : new URL(server).port;
  return [...new Set([443, 6_443, Number(port === '' ? 443 : port)])];
}

/** Whether the stack installs the chart: on EKS unless `installChart` is false, elsewhere never. */
export function installsChart({
  kind,
  installChart,
}: {
  readonly kind: ClusterKind;
  readonly installChart?: boolean | undefined;
}): boolean {
  return kind === 'eks' && installChart !== false;
}
