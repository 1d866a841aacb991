import { formatInstant } from '../../lambda/contract/format-instant.ts';
import { expiryOf, isMarked } from '../../lambda/decide/secret-state.ts';
import { listManagedSecrets } from '../../lambda/observe/managed-secrets.ts';
import type { ConfigOptions } from '../cluster/cluster-options.ts';
import type { KubernetesOptions } from '../kubernetes/kubernetes-options.ts';
import { withCluster } from '../kubernetes/with-cluster.ts';

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

/** Looks at the managed Secrets, as metadata. A cluster that cannot be looked at must not keep anybody from pausing. */
export async function credentialsLeft(
  options: ConfigOptions & KubernetesOptions,
): Promise<CredentialsLeft> {
  try {
    return await withCluster(
      options,
      async ({ connection, config: { scope }, context, now, signal }) => {
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
      },
    );
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}
