import { apiClient } from '../../local/api-client.ts';
import { ACCOUNT, CLUSTER_NAME, type Installation } from '../../local/installation/installation.ts';
import { trustOfIdentity } from '../support/builders/identity-issuer.ts';

type Parts = Pick<Installation, 'cloud' | 'cluster'>;

/** Registers the issuer of a cluster in IAM, with the keys that its API server publishes. */
export function trustIssuer({ cloud, cluster }: Parts, issuer: string): void {
  cloud.sts.addOidcProvider({
    account: ACCOUNT,
    url: issuer,
    clientIds: ['sts.amazonaws.com'],
    keys: async () => {
      const api = apiClient({ ...cluster, token: cluster.adminToken });
      const { body } = await api.send('GET', '/openid/v1/jwks');
      await api.close();
      return body as never;
    },
  });
}

/** Creates an IAM role that the identity of the cluster can assume for one namespace, as `trust-policy` prints. */
export function addRoleForIdentity(
  { cloud }: Pick<Parts, 'cloud'>,
  role: {
    readonly name: string;
    readonly issuer: string;
    readonly namespace: string;
    /** In seconds. @default - twelve hours */
    readonly maxSessionDuration?: number;
  },
): void {
  const { name, issuer, namespace, maxSessionDuration = 43_200 } = role;
  cloud.sts.addRole({
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    maxSessionDuration,
    trustPolicy: trustOfIdentity(ACCOUNT, issuer, `${namespace}@${CLUSTER_NAME}`),
  });
}
