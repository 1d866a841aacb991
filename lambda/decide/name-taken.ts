import { HERITAGE_LABEL, HERITAGE_VALUE } from '../../contract/secret.ts';
import type { ManagedSecret } from '../observe/cluster-view.ts';
import type { DeferItem, RefuseItem, SecretSubject } from './plan.ts';
import { isOfAwsIamRole } from './secret-state.ts';

/** What becomes of a wanted Secret whose name something else has. */
export type NameTaken =
  | Pick<RefuseItem, 'action' | 'reason' | 'message'>
  | Pick<DeferItem, 'action' | 'reason' | 'message'>;

/** Says so of a wanted Secret: it depends on what is there, not on who looked. */
export function nameTaken(
  { awsIamRole }: Pick<SecretSubject, 'awsIamRole'>,
  present: ManagedSecret,
): NameTaken {
  if (awsIamRole !== undefined && isOfAwsIamRole(present)) {
    return {
      action: 'defer',
      reason: 'secret-of-earlier-resource',
      message:
        'the Secret of an earlier AWSIAMRole of this name is still there; Kubernetes removes it soon, and the new one is made then',
    };
  }
  return { action: 'refuse', reason: 'name-taken', message: nameTakenMessage(present) };
}

function nameTakenMessage({ namespace, name, labels }: ManagedSecret): string {
  // The label alone does not make a Secret ours: one that some other object owns stays with its owner.
  return labels[HERITAGE_LABEL] === HERITAGE_VALUE
    ? 'a Secret of this name belongs to other pods, to another object or to an AWSIAMRole and is left alone'
    : `a Secret ${name} that this product did not make is in namespace ${namespace}; it is left alone. ` +
        'Rename or delete it to let the product make its own';
}
