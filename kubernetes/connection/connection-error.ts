import { REFRESHERS_GROUP } from '../../contract/cluster-access.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../errors.ts';
import { type ConnectionFailure, isCertificateFailure } from './connection-failure.ts';

/** Who connects to what; for the words of an error. */
export interface ConnectionParties {
  readonly clusterName: string;
}

/** The cluster refused a token that was made a moment ago. */
export function tokenRefused({ clusterName }: ConnectionParties): ClusterSetupError {
  return new ClusterSetupError(
    [
      `Cluster "${clusterName}" does not know the refresher: it refused a token (401), and a new one again.`,
      `Its access entry has to be there, with group ${REFRESHERS_GROUP}, for the role that the stack has as its output`,
      `RefresherRoleArn: see aws eks list-access-entries --cluster-name ${clusterName}.`,
      'An entry belongs to the role as it was when the entry was made; for a role that was deleted and made again, make the entry again.',
    ].join(' '),
  );
}

/** The cluster did not answer, and what could be tried was. */
export function unreachable(
  { clusterName }: ConnectionParties,
  url: string,
  failure: ConnectionFailure,
  cause: unknown,
): ClusterUnreachableError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ClusterUnreachableError(
    `Cluster "${clusterName}" at ${url} ${SAID[failure]}: ${message}. ${remedy(failure, cause)}`,
    { cause },
  );
}

const SAID: Record<ConnectionFailure, string> = {
  astray: 'cannot be reached',
  broken: 'closes every connection',
  slow: 'does not answer in time',
};

function remedy(failure: ConnectionFailure, cause: unknown): string {
  if (isCertificateFailure(cause)) {
    return 'Its certificate is not of the authority that EKS names: something between the function and the cluster answers in its place.';
  }
  if (failure === 'astray') {
    return 'The next run tries again; if it lasts: a private endpoint needs the VPC settings, DNS in that VPC, and port 443 open to the function in the cluster security group.';
  }
  return 'The next run tries again; if it lasts, look at the load of the control plane and at what is between it and the function.';
}
