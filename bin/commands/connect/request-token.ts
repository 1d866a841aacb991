import * as z from 'zod';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { sendObject } from '../../kubeconfig/send-object.ts';

/** A ServiceAccount. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/** A token, and when the API server stops accepting it. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

const tokenResponse = z.object({
  status: z.object({ token: z.string().min(1), expirationTimestamp: z.iso.datetime() }),
});

/**
 * Requests a token of a ServiceAccount for the API server itself (TokenRequest). The API server may issue one that is
 * valid for less than `hours` (`--service-account-max-token-expiration`).
 *
 * @throws when the ServiceAccount does not exist, or the caller cannot create tokens of it
 */
export async function requestToken(
  connection: KubernetesConnection,
  { namespace, name }: ServiceAccountName,
  hours: number,
  signal: AbortSignal,
): Promise<IssuedToken | undefined> {
  const response = await sendObject(
    connection,
    {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: hours * 3_600 },
      },
    },
    signal,
  );
  if (response === undefined) return undefined;
  const { token, expirationTimestamp } = tokenResponse.parse(response).status;
  return { token, expiresAt: new Date(expirationTimestamp) };
}
