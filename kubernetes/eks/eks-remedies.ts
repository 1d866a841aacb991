import { REFRESHERS_GROUP } from '../../contract/kubernetes/cluster-access.ts';
import type { ConnectionRemedies } from '../connection/connect-cluster.ts';
import {
  isCertificateFailure,
  isTlsFailure,
  isUnknownAuthority,
} from '../connection/connection-failure.ts';
import type { EksClusterAddress } from './cluster-endpoint.ts';
import { accessProblem, type FunctionNetwork } from './endpoint-access.ts';

/**
 * Returns what may help when a cluster on EKS cannot be reached or rejects the token.
 *
 * @param network - undefined for a function outside of any VPC
 */
export function eksRemedies(
  clusterName: string,
  network?: FunctionNetwork,
): ConnectionRemedies<EksClusterAddress> {
  return {
    rejected: () =>
      [
        `Cluster "${clusterName}" does not accept the refresher's role: it rejected two tokens (401).`,
        `The cluster needs an access entry with group ${REFRESHERS_GROUP} for the role in the stack's output RefresherRoleArn;`,
        `list them with: aws eks list-access-entries --cluster-name ${clusterName}.`,
        'If the role was deleted and recreated, recreate its access entry too.',
      ].join(' '),
    unreachable({ failure, cause }, { access }) {
      const tls = tlsRemedy(cause);
      if (tls !== undefined) return tls;
      const problem = access && accessProblem(clusterName, access, network);
      if (failure === 'unreachable' && problem) {
        const doubt =
          ' If it has worked before, the API server may be down; the next pass tries again.';
        return `${problem.cause}. ${problem.remedy}.${problem.isCertain ? '' : doubt}`;
      }
      if (failure === 'unreachable') {
        return 'The next pass tries again. If the error persists, check the status of the cluster, and that of EKS in its Region.';
      }
      return 'The next pass tries again. If the error persists, check the load of the control plane and the network between it and the function.';
    },
  };
}

function tlsRemedy(cause: unknown): string | undefined {
  if (isUnknownAuthority(cause)) {
    return 'Its certificate is not signed by the authority that EKS names: something between the function and the cluster answers in its place.';
  }
  if (isCertificateFailure(cause)) {
    return 'The authority that EKS names has signed its certificate, which is not valid for this time or this host: wait until EKS has renewed it, or ask AWS Support.';
  }
  if (isTlsFailure(cause)) {
    return 'Something that does not speak TLS answers in its place: check the proxies and firewalls between the function and the cluster.';
  }
  return undefined;
}
