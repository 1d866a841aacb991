import { formatInstant } from '../../contract/format-instant.ts';
import { MAX_OBJECT_NAME_LENGTH } from '../../contract/kubernetes/object-name.ts';
import { HERITAGE_LABEL, HERITAGE_VALUE } from '../../contract/kubernetes/secret.ts';
import { sanitizeName } from '../../contract/sanitize-name.ts';
import type { ObjectDeletion } from '../../kubernetes/lists/api-object.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { DeferItem, RefuseItem, SecretSubject } from './plan.ts';
import { roleInName } from './requested-secrets.ts';
import { ownershipOf } from './secret-ownership.ts';
import { expiryOf, issuedAt, limitedSecondsOf } from './secret-state.ts';

/** Why a request gets no credentials, as a part of its item. */
export type RefusedOrDeferred =
  | Pick<RefuseItem, 'action' | 'reason' | 'message'>
  | Pick<DeferItem, 'action' | 'reason' | 'message'>;

/**
 * How long Kubernetes may take to delete an object, in seconds. It takes a few at most, unless a finalizer delays it;
 * after that, a person is notified.
 */
const CLEANUP_SECONDS = 120;

const MAX_SHOWN_FINALIZERS = 3;
const MAX_FINALIZER_LENGTH = 100;
const MAX_KIND_LENGTH = 63;

/**
 * Returns why a request whose Secret belongs to somebody else gets no credentials, and what to do. It names what tenants
 * have written (owners, finalizers) without characters that a shell or a terminal interprets.
 *
 * @param sessionSeconds - how long sessions last, if no AWSIAMRole requests less
 * @param awsIamRole - the existing AWSIAMRole of the Secret's name
 */
export function secretOfAnother(
  secret: ManagedSecret,
  sessionSeconds: number,
  now: Date,
  awsIamRole?: ObservedAwsIamRole,
): RefusedOrDeferred {
  const ownership = ownershipOf(secret);
  switch (ownership.kind) {
    case 'foreign':
      return nameTaken(
        `Secret ${shown(secret)} was not created by this product, which does not change it. ` +
          'Rename or delete it; the refresher then creates its own',
      );
    case 'pods':
    case 'nameless':
      return nameTaken(
        `Secret ${shown(secret)} has the label ${HERITAGE_LABEL}=${HERITAGE_VALUE}, but its name is not that of a role and no ` +
          `AWSIAMRole owns it, so the refresher does not change it. ${deleteIt(secret)}`,
      );
    case 'other': {
      const kind = sanitizeName(ownership.owner.kind, MAX_KIND_LENGTH);
      const name = nameOf(ownership.owner.name);
      return {
        action: 'refuse',
        reason: 'owned-by-another',
        message:
          `Secret ${shown(secret)} has the owner ${kind} ${name} (metadata.ownerReferences), so the refresher does not ` +
          `renew it${untilExpiry(expiryOf(secret, now), now)}. Have the controller of ${kind} remove the owner reference, or use another name; or ` +
          `delete the Secret, and the refresher creates it again: ${deletion(secret)}`,
      };
    }
    case 'awsIamRole':
    case 'orphan':
      return awsIamRole === undefined
        ? secretOfMissing(secret, sessionSeconds, now)
        : secretOfEarlier(secret, awsIamRole, now);
  }
}

function nameTaken(message: string): RefusedOrDeferred {
  return { action: 'refuse', reason: 'name-taken', message };
}

/** The Secret of an AWSIAMRole that does not exist. It is not replaced: that would silently change the role of the pods. */
function secretOfMissing(
  secret: ManagedSecret,
  sessionSeconds: number,
  now: Date,
): RefusedOrDeferred {
  const { name } = secret;
  const isOrphan = ownershipOf(secret).kind === 'orphan';
  if (
    !isOrphan &&
    isRecent(secret.deletion?.since ?? writtenAt(secret, sessionSeconds, now), now)
  ) {
    return deferred(
      'the Secret belongs to an AWSIAMRole that does not exist, or is new; Kubernetes will remove it, or a later pass will find the AWSIAMRole',
    );
  }
  const held = secret.deletion && `, and is being deleted, but ${finalizersOf(secret.deletion)}`;
  return {
    action: 'refuse',
    reason: 'awsiamrole-missing',
    message:
      `Secret ${shown(secret)} belonged to AWSIAMRole ${nameOf(name)}, which no longer exists${held ?? ''}: it is not renewed` +
      `${untilExpiry(expiryOf(secret, now), now)}. Create the AWSIAMRole again, or delete the Secret: ${deletion(secret)}` +
      whatFollows(name),
  };
}

/** The Secret of an earlier AWSIAMRole of the same name. Kubernetes removes it, usually within seconds. */
function secretOfEarlier(
  secret: ManagedSecret,
  awsIamRole: ObservedAwsIamRole,
  now: Date,
): RefusedOrDeferred {
  const since = secret.deletion?.since ?? awsIamRole.createdAt;
  if (isRecent(since, now)) {
    return deferred(
      'the Secret of a deleted AWSIAMRole of this name still exists; Kubernetes will remove it, and a later pass will create the new one',
    );
  }
  const held =
    secret.deletion === undefined
      ? `Kubernetes has not deleted it. ${deleteIt(secret)}`
      : `is being deleted, but ${finalizersOf(secret.deletion)}. ${removeFinalizers('secret', secret)}; the refresher then creates its own`;
  return {
    action: 'refuse',
    reason: 'secret-of-earlier-resource',
    message: `Secret ${shown(secret)} belongs to a deleted AWSIAMRole of this name and ${held}`,
  };
}

function deferred(message: string): RefusedOrDeferred {
  return { action: 'defer', reason: 'secret-of-earlier-resource', message };
}

/** Returns why the Secret of an AWSIAMRole that is being deleted is neither created nor renewed. */
export function awsIamRoleTerminating(
  awsIamRole: ObservedAwsIamRole,
  deletion: ObjectDeletion,
  expiresAt: Date | undefined,
  now: Date,
): RefusedOrDeferred {
  if (isRecent(deletion.since, now)) {
    return {
      action: 'defer',
      reason: 'awsiamrole-terminating',
      message: 'the AWSIAMRole of this name is being deleted',
    };
  }
  return {
    action: 'refuse',
    reason: 'awsiamrole-terminating',
    message:
      `AWSIAMRole ${shown(awsIamRole)} is being deleted, but ${finalizersOf(deletion)}: its Secret is no longer renewed` +
      `${untilExpiry(expiresAt, now)}. ${removeFinalizers('awsiamrole', awsIamRole)}. Create it again if pods still need it`,
  };
}

/** Returns what a person should know about a Secret in use that is being deleted; undefined when it is not. */
export function deletionNotice(secret: ManagedSecret): Pick<SecretSubject, 'notice'> {
  if (secret.deletion === undefined) return {};
  return {
    notice:
      `it is being deleted, but ${finalizersOf(secret.deletion)}. It is renewed until then; afterwards the refresher ` +
      `creates it again. ${removeFinalizers('secret', secret)}`,
  };
}

/** Returns why the credentials of a Secret with `immutable: true` cannot be replaced, and what to do. */
export function secretImmutable(secret: Named): string {
  return (
    `Secret ${shown(secret)} is immutable (immutable: true), so that its credentials cannot be renewed. Delete it, and the refresher ` +
    `creates it again: ${deletion(secret)}. Then restart the pods that mount it: a kubelet does not update immutable Secrets`
  );
}

function isRecent(since: Date | undefined, now: Date): boolean {
  return since !== undefined && now.getTime() - since.getTime() < CLEANUP_SECONDS * 1_000;
}

/** When the Secret was written, if that was for a session of this length; undefined for an expiry that none has. */
function writtenAt(secret: ManagedSecret, sessionSeconds: number, now: Date): Date | undefined {
  const limited = limitedSecondsOf(secret, sessionSeconds);
  const expiresAt = expiryOf(secret, now, sessionSeconds);
  return expiresAt && issuedAt({ expiresAt, sessionSeconds, limitedSeconds: limited });
}

function finalizersOf({ finalizers }: ObjectDeletion): string {
  if (finalizers.length === 0) return 'has not been removed yet';
  const names = finalizers
    .slice(0, MAX_SHOWN_FINALIZERS)
    .map((name) => sanitizeName(name, MAX_FINALIZER_LENGTH));
  const more = finalizers.length > MAX_SHOWN_FINALIZERS ? ', …' : '';
  return `the finalizers ${names.join(', ')}${more} delay that`;
}

function untilExpiry(expiresAt: Date | undefined, now: Date): string {
  if (expiresAt === undefined) return '';
  const verb = expiresAt > now ? 'expire' : 'expired';
  return `, and its credentials ${verb} at ${formatInstant(expiresAt)}`;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

function shown({ namespace, name }: Named): string {
  return `${nameOf(name)} in namespace ${nameOf(namespace)}`;
}

/** An API server allows no other names, but a proxy in front of it may return anything. */
function nameOf(name: string): string {
  return sanitizeName(name, MAX_OBJECT_NAME_LENGTH);
}

function deletion({ namespace, name }: Named): string {
  return `kubectl delete secret -n ${nameOf(namespace)} ${nameOf(name)}`;
}

function deleteIt(secret: Named): string {
  return `Delete it, and the refresher creates its own: ${deletion(secret)}`;
}

function removeFinalizers(resource: 'secret' | 'awsiamrole', { namespace, name }: Named): string {
  return `Have their controller remove them, or remove them: kubectl edit ${resource} -n ${nameOf(namespace)} ${nameOf(name)}`;
}

/** Without the AWSIAMRole, a Secret whose name is that of a role is created for that role. */
function whatFollows(name: string): string {
  const role = roleInName(name);
  return role === undefined ? '' : ` (the refresher then creates one for role ${role})`;
}
