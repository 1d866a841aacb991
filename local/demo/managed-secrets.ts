import type { V1Secret } from '@kubernetes/client-node';
import { MANAGED_SELECTOR, SECRET_KEYS } from '../../contract/secret.ts';
import type { Installation } from '../installation/installation.ts';

/** Every managed Secret of the cluster, as an administrator sees it. */
export async function listManagedSecrets({ admin }: Installation): Promise<readonly V1Secret[]> {
  const { items } = await admin.listSecretForAllNamespaces({ labelSelector: MANAGED_SELECTOR });
  return items;
}

/** How long the credentials in a Secret still last, in whole minutes. */
export function minutesLeft({ clock }: Installation, { data }: V1Secret): number {
  const expire = Buffer.from(data?.[SECRET_KEYS.expire] ?? '', 'base64').toString();
  return Math.floor((Date.parse(expire) - clock.now().getTime()) / 60_000);
}
