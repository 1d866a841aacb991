import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type ClusterApi, expandCertificates } from '../contract/cluster-api.ts';
import { SDK_TIMEOUTS } from '../contract/limits.ts';
import { fixedValue } from '../kubernetes/cached-value.ts';
import type { ClusterAddress } from '../kubernetes/connection/cluster-address.ts';
import {
  type ClusterAccess,
  type ConnectClusterDeps,
  connectCluster,
} from '../kubernetes/connection/connect-cluster.ts';
import { type EksTokenDeps, eksToken } from '../kubernetes/eks/eks-token.ts';
import type { KubernetesConnection } from '../kubernetes/kubernetes-connection.ts';
import { cachedLogin, partOf } from '../kubernetes/login/cluster-login.ts';
import { authenticatorRemedies, secretLoginRemedies } from '../kubernetes/login/login-remedies.ts';
import { loginSecret } from '../kubernetes/login/login-secret.ts';
import { createMaintainLogin, type MaintainLogin } from '../kubernetes/login/maintain-login.ts';
import type { RefresherConfig } from './config.ts';

/** What connections to clusters of both kinds need. */
export type ConnectionDeps = Omit<ConnectClusterDeps, keyof ClusterAccess>;

/** What a token of the functions' role needs. */
export type SigningDeps = Omit<EksTokenDeps, 'clusterName' | 'verifier'>;

/** Clients of a cluster outside EKS. */
export interface LoginClients {
  readonly connection: KubernetesConnection;
  /** Absent if there is no login to maintain. */
  readonly maintainLogin?: MaintainLogin;
}

type Config = Pick<RefresherConfig, 'region' | 'clusterName' | 'vpcId'>;

/** Creates the clients of a cluster outside EKS. The functions load this module only for such a cluster. */
export function loginClients(
  config: Config,
  api: ClusterApi,
  deps: ConnectionDeps,
  signing: SigningDeps,
): LoginClients {
  if (api.login === 'secret') return secretLoginClients(config, api, deps);
  const { clusterName, vpcId } = config;
  const { clusterId } = api;
  const connection = connectCluster({
    ...deps,
    endpoint: fixedValue(addressOf(api.server, api.certificateAuthority)),
    credentials: eksToken({
      ...signing,
      clusterName: clusterId,
      verifier: 'aws-iam-authenticator',
    }),
    remedies: authenticatorRemedies({ clusterName, addressSource: IN_SETTINGS, vpcId }, clusterId),
  });
  return { connection };
}

const IN_SETTINGS = 'the setting "kubernetes"';

function secretLoginClients(
  { region, clusterName, vpcId }: Config,
  { secretArn, server, certificateAuthority }: ClusterApi & { readonly login: 'secret' },
  deps: ConnectionDeps,
): LoginClients {
  const address =
    server === undefined || certificateAuthority === undefined
      ? undefined
      : addressOf(server, certificateAuthority);
  const addressSource = address === undefined ? `the kubeconfig in ${secretArn}` : IN_SETTINGS;
  const location = { clusterName, secretArn };
  const secretsManager = new SecretsManagerClient({ region, requestHandler: SDK_TIMEOUTS });
  const secret = loginSecret(secretsManager, location);
  const loginDeps = { ...location, secret, address, now: deps.now };
  const login = cachedLogin(loginDeps);
  const connection = connectCluster({
    ...deps,
    endpoint: address === undefined ? partOf(login, (one) => one.address) : fixedValue(address),
    credentials: partOf(login, (one) => one.credentials),
    remedies: secretLoginRemedies({ ...location, addressSource, vpcId }),
  });
  // A kubeconfig of the user's own is watched only: the chart permits rotations for logins of the product's ServiceAccount.
  const isRotated = address !== undefined;
  return {
    connection,
    maintainLogin: createMaintainLogin({ ...loginDeps, isRotated, login, connection }),
  };
}

function addressOf(url: string, certificateAuthority: string): ClusterAddress {
  return { url, certificateAuthority: expandCertificates(certificateAuthority) };
}
