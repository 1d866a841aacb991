import { once } from 'node:events';
import { errorMessageOf } from '../../../contract/errors.ts';
import { formatInstant } from '../../../contract/format-instant.ts';
import { expiryOf, isMarked } from '../../../lambda/decide/secret-state.ts';
import { listManagedSecrets } from '../../../lambda/observe/managed-secrets.ts';
import type { TargetOptions } from '../../cluster/suggested-command.ts';
import { type ConnectedCluster, withCluster } from '../../cluster/with-cluster.ts';

/** When the credentials in use expire if nothing renews them, or why that is unknown. */
export type RemainingCredentials =
  | {
      /** The context of the kubeconfig. */
      readonly context: string;
      readonly secrets: number;
      /** First and last expiry; absent without Secrets. */
      readonly firstEndsAt?: string;
      readonly lastEndsAt?: string;
    }
  | { readonly unknown: string };

/** Maximum delay before the user can pause. */
const TIMEOUT_MS = 5_000;

/**
 * Reads the expiry of the managed Secrets in use, as metadata. Never throws and never waits longer than the timeout: a
 * cluster or a credential plugin that does not answer must not prevent a pause.
 *
 * @param timeout - aborts the read
 */
export async function readRemainingCredentials(
  target: TargetOptions,
  timeout: AbortSignal = AbortSignal.timeout(TIMEOUT_MS),
): Promise<RemainingCredentials> {
  const timedOut = once(timeout, 'abort').then(() => ({
    unknown: 'the cluster, or the credential plugin of the kubeconfig, did not respond in time',
  }));
  try {
    return await Promise.race([
      withCluster(target, (cluster) => readSecrets(cluster, timeout), timeout),
      timedOut,
    ]);
  } catch (error) {
    return { unknown: errorMessageOf(error) };
  }
}

async function readSecrets(
  { connection, config: { scope }, context, now }: ConnectedCluster,
  signal: AbortSignal,
): Promise<RemainingCredentials> {
  const { items, failure } = await listManagedSecrets(connection, { scope, signal });
  if (failure !== undefined) throw failure;
  const expiries = items
    .filter((secret) => !isMarked(secret))
    .flatMap((secret) => expiryOf(secret, now()) ?? [])
    .toSorted((one, other) => one.getTime() - other.getTime());
  const [first, last] = [expiries[0], expiries.at(-1)];
  return {
    context,
    secrets: expiries.length,
    ...(first === undefined ? {} : { firstEndsAt: formatInstant(first) }),
    ...(last === undefined ? {} : { lastEndsAt: formatInstant(last) }),
  };
}
