import { HERITAGE_LABEL, HERITAGE_VALUE } from '../contract/secret.ts';
import type { ManagedSecret } from '../observe/cluster-view.ts';

/** What is said of a wanted Secret whose name something else has: it depends on what is there, not on who looked. */
export function nameTakenMessage({ namespace, name, labels }: ManagedSecret): string {
  // The label alone does not make a Secret ours: one that some other object owns stays with its owner.
  return labels[HERITAGE_LABEL] === HERITAGE_VALUE
    ? 'a Secret of this name belongs to another object or to an AWSIAMRole and is left alone'
    : `a Secret ${name} that this product did not make is in namespace ${namespace}; it is left alone. ` +
        'Rename or delete it to let the product make its own';
}
