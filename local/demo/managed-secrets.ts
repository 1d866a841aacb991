import type { V1Secret } from '@kubernetes/client-node';
import { MANAGED_SELECTOR, SECRET_KEYS } from '../../contract/kubernetes/secret.ts';
import type { Installation } from '../installation/installation.ts';

/** Lists the managed Secrets of the cluster. */
export async function listSecretsForSummary({ admin }: Installation): Promise<readonly V1Secret[]> {
  const { items } = await admin.listSecretForAllNamespaces({ labelSelector: MANAGED_SELECTOR });
  return items;
}

/** Minutes until the credentials in a Secret expire, rounded down. */
export function minutesLeft({ clock }: Installation, { data }: V1Secret): number {
  const expire = Buffer.from(data?.[SECRET_KEYS.expire] ?? '', 'base64').toString();
  return Math.floor((Date.parse(expire) - clock.now().getTime()) / 60_000);
}
