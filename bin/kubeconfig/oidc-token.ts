import * as z from 'zod';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { UserFields } from './kubeconfig-schema.ts';

type AuthProvider = NonNullable<UserFields['auth-provider']>;

const RENEW = 'Run kubectl get namespaces, which renews it, or log in again.';

const claims = z.object({ exp: z.number() });

/**
 * Returns the ID token of the authentication provider `oidc`. An expired one is not renewed here: identity providers that
 * rotate refresh tokens would invalidate the one that kubectl keeps in the kubeconfig.
 *
 * @throws {ClusterSetupError} for another provider, and when there is no valid token
 */
export function oidcToken(
  context: string,
  { name = '', config }: AuthProvider,
  now: () => Date = () => new Date(),
): string {
  if (name !== 'oidc') {
    throw new ClusterSetupError(
      `context "${context}" uses the auth-provider "${name}", which kubectl does not support either: use a credential plugin ("exec")`,
    );
  }
  const token = config?.['id-token'];
  if (!token) {
    throw new ClusterSetupError(
      `context "${context}" has no id-token of its auth-provider. ${RENEW}`,
    );
  }
  const expiresAt = expiryOf(token);
  if (expiresAt !== undefined && expiresAt > now()) return token;
  const problem =
    expiresAt === undefined ? 'is not a JSON Web Token' : `expired at ${expiresAt.toISOString()}`;
  throw new ClusterSetupError(
    `the id-token of the auth-provider of context "${context}" ${problem}. ${RENEW}`,
  );
}

function expiryOf(token: string): Date | undefined {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    return new Date(claims.parse(JSON.parse(payload)).exp * 1_000);
  } catch {
    return undefined;
  }
}
