import * as z from 'zod';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { sendObject } from '../../kubeconfig/send-object.ts';

/** A ServiceAccount. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

const tokenResponse = z.object({
  status: z.object({ token: z.string().min(1) }),
});

/**
 * Requests a token of a ServiceAccount for the API server itself (TokenRequest). The API server may issue one that is
 * valid for less than `hours` (`--service-account-max-token-expiration`). Returns undefined if there is no such ServiceAccount.
 *
 * @throws when the caller cannot create tokens of it
 */
export async function requestToken(
  connection: KubernetesConnection,
  { namespace, name }: ServiceAccountName,
  hours: number,
  signal: AbortSignal,
): Promise<string | undefined> {
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
  return tokenResponse.parse(response).status.token;
}
