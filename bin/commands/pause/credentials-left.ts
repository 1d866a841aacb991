import { once } from 'node:events';
import { formatInstant } from '../../../contract/format-instant.ts';
import { expiryOf, isMarked } from '../../../lambda/decide/secret-state.ts';
import { listManagedSecrets } from '../../../lambda/observe/managed-secrets.ts';
import { type OpenCluster, withCluster } from '../../kubeconfig/with-cluster.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { KubernetesOptions } from '../../options/kubeconfig-options.ts';

/** How long the credentials in use last without anybody to renew them, or why that is not known. */
export type CredentialsLeft =
  | {
      /** The context of the kubeconfig that was looked at. */
      readonly context: string;
      readonly secrets: number;
      /** When the first of them end, and the last; absent without any. */
      readonly firstEndsAt?: string;
      readonly lastEndsAt?: string;
    }
  | { readonly unknown: string };

/** As long as a person who wants to pause may be kept from it. */
const PATIENCE_MILLISECONDS = 5_000;

/**
 * Looks at the managed Secrets, as metadata. A cluster that cannot be looked at must not keep anybody from pausing: nor may
 * one that does not answer, nor a plugin of the kubeconfig.
 *
 * @param patience - ends the wait
 */
export async function credentialsLeft(
  options: ConfigOptions & KubernetesOptions,
  patience: AbortSignal = AbortSignal.timeout(PATIENCE_MILLISECONDS),
): Promise<CredentialsLeft> {
  const givenUp = once(patience, 'abort').then(() => ({
    unknown: 'the cluster, or what the kubeconfig has its credentials from, did not answer in time',
  }));
  try {
    return await Promise.race([
      withCluster(options, (cluster) => secretsIn(cluster, patience)),
      givenUp,
    ]);
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}

async function secretsIn(
  { connection, config: { scope }, context, now }: OpenCluster,
  signal: AbortSignal,
): Promise<CredentialsLeft> {
  const { items, failure } = await listManagedSecrets(connection, { scope, signal });
  if (failure !== undefined) throw failure;
  const ends = items
    .filter((secret) => !isMarked(secret))
    .flatMap((secret) => expiryOf(secret, now()) ?? [])
    .toSorted((one, other) => one.getTime() - other.getTime());
  const [first, last] = [ends[0], ends.at(-1)];
  return {
    context,
    secrets: ends.length,
    ...(first === undefined ? {} : { firstEndsAt: formatInstant(first) }),
    ...(last === undefined ? {} : { lastEndsAt: formatInstant(last) }),
  };
}
