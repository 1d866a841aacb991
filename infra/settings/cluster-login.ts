import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import {
  REFRESHER_SERVICE_ACCOUNT,
  REFRESHERS_GROUP,
  type RefresherSubject,
} from '../../contract/kubernetes/cluster-access.ts';
import type { ClusterSettings } from './cluster-settings.ts';

const OWN_SERVICE_ACCOUNT: RefresherSubject = {
  kind: 'ServiceAccount',
  name: REFRESHER_SERVICE_ACCOUNT,
  namespace: PRODUCT_NAMESPACE,
};

type LoginSettings = Pick<ClusterSettings, 'runsIn' | 'kubernetes'>;

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

/** Whether the stack installs the chart: on EKS unless `installChart` is false, elsewhere never. */
export function installsChart({
  kind,
  installChart,
}: Pick<ClusterSettings, 'kind' | 'installChart'>): boolean {
  return kind === 'eks' && installChart !== false;
}
