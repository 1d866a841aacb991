import type { ClusterAddress } from '../connection/cluster-address.ts';

/** How to log in to a cluster, as a secret in Secrets Manager stores it. */
export interface StoredLogin {
  /** Absent when the kubeconfig contains none, because the settings do. */
  readonly address?: ClusterAddress;
  readonly user: StoredUser;
}

/** The token or the client certificate of a kubeconfig. */
export type StoredUser = StoredToken | StoredCertificate;

export interface StoredToken {
  readonly token: string;
  /** Whether somebody has acknowledged that the token may be valid without end. */
  readonly mayLackExpiry: boolean;
}

export interface StoredCertificate {
  /** PEM; authorities that signed it may follow. */
  readonly certificate: string;
  /** PEM, not encrypted. */
  readonly key: string;
}

/** The extension of a user that acknowledges a token without expiry. */
export const ACKNOWLEDGEMENT = 'kube-aws-iam/token-without-expiry';

/** Name of the cluster, the user and the context. */
const NAME = 'kube-aws-iam';

/** Returns the kubeconfig, as JSON. */
export function formatLoginKubeconfig({ address, user }: StoredLogin): string {
  const clusterFields = address && {
    server: address.url,
    'certificate-authority-data': toBase64(address.certificateAuthority),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: NAME, cluster: clusterFields ?? {} }],
    users: [{ name: NAME, user: userFields(user) }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
    'current-context': NAME,
  });
}

function userFields(user: StoredUser): object {
  if ('certificate' in user) {
    return {
      'client-certificate-data': toBase64(user.certificate),
      'client-key-data': toBase64(user.key),
    };
  }
  const extensions = [{ name: ACKNOWLEDGEMENT, extension: { acknowledged: true } }];
  return { token: user.token, ...(user.mayLackExpiry ? { extensions } : {}) };
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
