import { REFRESHERS_GROUP } from '../../contract/kubernetes/cluster-access.ts';
import type { ClusterCredentials } from '../connection/cluster-credentials.ts';
import type { ConnectionRemedies, FailedConnection } from '../connection/connect-cluster.ts';
import {
  isCertificateFailure,
  isTlsAlert,
  isTlsFailure,
  isUnknownAuthority,
} from '../connection/connection-failure.ts';
import { loginLife } from './login-life.ts';
import { connectCommand, type LoginLocation } from './login-secret.ts';

/** What errors say about a cluster outside EKS. */
interface LoginRemediesInput {
  readonly clusterName: string;
  /** Where the address comes from, e.g. `the setting "kubernetes"`. */
  readonly addressSource: string;
  /** The VPC of the function; undefined outside of any. */
  readonly vpcId: string | undefined;
}

/** Returns what may help when a cluster outside EKS cannot be reached, or rejects the login in its secret. */
export function secretLoginRemedies(input: LoginRemediesInput & LoginLocation): ConnectionRemedies {
  const { clusterName, secretArn } = input;
  const command = connectCommand(clusterName);
  return {
    rejected(credentials) {
      const { what, key, expiry } = describeLogin(credentials);
      return [
        `Cluster "${clusterName}" rejected the ${what} in the secret ${secretArn} (${key}) twice (401); ${expiry}.`,
        `Its user may have been deleted, or the cluster issues logins with another key. Store a new login: ${command}`,
      ].join(' ');
    },
    unreachable(failed, { url }, credentials) {
      const remedy = remedyOf(input, failed, url);
      if (!('certificate' in credentials)) return remedy;
      if (isTlsAlert(failed.cause)) {
        return `It does not accept the client certificate in the secret ${secretArn}. Store a new one: ${command}`;
      }
      // Some servers say nothing before they close the connection.
      return failed.failure === 'broken'
        ? `${remedy} It may not accept the client certificate in the secret ${secretArn}: ${command}`
        : remedy;
    },
  };
}

/**
 * Returns what may help when a cluster outside EKS cannot be reached, or aws-iam-authenticator in it rejects the token.
 *
 * @param clusterId - the ID of the cluster in the configuration of aws-iam-authenticator
 */
export function authenticatorRemedies(
  input: LoginRemediesInput,
  clusterId: string,
): ConnectionRemedies {
  return {
    rejected: () =>
      [
        `Cluster "${input.clusterName}" does not accept the refresher's role: it rejected two tokens (401).`,
        `aws-iam-authenticator must run in the cluster with the cluster ID "${clusterId}" and reach STS, the API server must use it (--authentication-token-webhook-config-file),`,
        `and it must map the role in the stack's output RefresherRoleArn to the group ${REFRESHERS_GROUP}, or to the setting "kubernetes.subject". The mapping: ${connectCommand(input.clusterName)}`,
      ].join(' '),
    unreachable: (failed, { url }) => remedyOf(input, failed, url),
  };
}

function describeLogin(credentials: ClusterCredentials) {
  const isToken = 'value' in credentials;
  const { expiresAt } = loginLife(
    isToken ? { token: credentials.value, mayLackExpiry: true } : credentials,
  );
  return {
    what: isToken ? 'token' : 'client certificate',
    key: isToken ? 'user.token' : 'user.client-certificate-data',
    expiry:
      expiresAt === undefined
        ? 'it says nothing of when it expires'
        : `it is valid until ${expiresAt.toISOString()}`,
  };
}

function remedyOf(
  { addressSource, vpcId }: LoginRemediesInput,
  { failure, cause }: FailedConnection,
  url: string,
): string {
  if (isUnknownAuthority(cause)) {
    return `Its certificate is not signed by the certificate authority in ${addressSource}: correct it there, or find out what answers in place of the cluster.`;
  }
  if (isCertificateFailure(cause)) {
    return `Its certificate is not valid for this time or this host: renew the certificate of the API server, or use a host name in ${addressSource} that it contains.`;
  }
  if (isTlsFailure(cause)) {
    return 'Something that does not speak TLS answers in its place: check the port, and the proxies and firewalls between the function and the cluster.';
  }
  if (failure !== 'unreachable') {
    return 'The next pass tries again. If the error persists, check the load of the control plane and the network between it and the function.';
  }
  const port = new URL(url).port || '443';
  const route =
    vpcId === undefined
      ? 'The function runs outside of any VPC and reaches public addresses only: if the address is private, set "vpc" in cdk.json to subnets with a route to it and deploy the stack'
      : `The function runs in ${vpcId}: check that its subnets have a route to the address and can resolve the host name`;
  return `${route}; allow port ${port} in the firewalls between them. If it has worked before, the API server may be down; the next pass tries again.`;
}
