import { ROLE_SESSION_DURATION } from '../../contract/kubernetes/awsiamrole.ts';
import {
  AWSIAMROLE_TYPE,
  EXPIRES_AT_ANNOTATION,
  GENERATION_ANNOTATION,
  TYPE_LABEL,
} from '../../contract/kubernetes/secret.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import { shortRoleName } from './guard.ts';
import { awsIamRoleTerminating, deletionNotice, secretOfAnother } from './ownership-problems.ts';
import { type PlanContext, type PlanItem, revocationOf, type SecretSubject } from './plan.ts';
import { isRenewalDue, notAllowed, planMissing } from './plan-secret.ts';
import type { PodReference } from './requested-secrets.ts';
import { resolveRoleReference } from './role-reference.ts';
import { isAdoptable, isOwnedBy } from './secret-ownership.ts';
import { expiryOf, generationOf, heldCredentials } from './secret-state.ts';

/** What the pass observed of the Secret that an AWSIAMRole requests. */
interface SecretOfAwsIamRole {
  /** The managed Secret of its name, if it exists. */
  readonly secret: ManagedSecret | undefined;
  /** A pod that mounts it, if the pass observed one. */
  readonly pod: PodReference | undefined;
  /** Whether the list of Secrets is complete for the namespace. */
  readonly areSecretsKnown: boolean;
  /** The item of the Secret for pods, if it is theirs so far. */
  readonly forPods: PlanItem | undefined;
}

/**
 * Returns the duration of an AWSIAMRole's sessions, in seconds: the requested one, within the limits of STS and of the
 * configuration; the configured one if it requests none.
 */
export function sessionSecondsOf(
  { roleSessionDuration }: ObservedAwsIamRole,
  configuredSeconds: number,
): number {
  const requested = roleSessionDuration || configuredSeconds;
  return Math.min(Math.max(requested, ROLE_SESSION_DURATION.min), configuredSeconds);
}

/** Returns the subject of an AWSIAMRole's Secret. Its ARN is empty if the role reference is malformed. */
export function subjectOfAwsIamRole(
  context: PlanContext,
  awsIamRole: ObservedAwsIamRole,
): SecretSubject & { readonly awsIamRole: ObservedAwsIamRole } {
  const { baseRoleArn } = context;
  const { namespace, name, roleReference } = awsIamRole;
  const { roleArn = '' } = resolveRoleReference(baseRoleArn, roleReference);
  const role = shortRoleName(baseRoleArn, roleArn);
  const configuredSeconds = context.sessionSecondsFor({ namespace, roleArn });
  const sessionSeconds = sessionSecondsOf(awsIamRole, configuredSeconds);
  const revocation = revocationOf(context, roleArn);
  return { namespace, name, role, roleArn, sessionSeconds, awsIamRole, ...revocation };
}

/**
 * Plans the Secret of an AWSIAMRole: creates it when it does not exist, and renews it when it is due or was issued for
 * an earlier generation, whether a pod mounts it or not. It adopts the Secret of its name that has no owner: one that
 * lost its owner reference, and one for pods, because a resource names its role more explicitly. The latter keeps its item
 * for pods until the resource has its credentials. Kubernetes garbage-collects the Secret with its owner.
 */
export function planAwsIamRole(
  context: PlanContext,
  awsIamRole: ObservedAwsIamRole,
  { secret, pod, areSecretsKnown, forPods }: SecretOfAwsIamRole,
): readonly PlanItem[] {
  const item = planForResource(context, awsIamRole, { secret, pod, areSecretsKnown, forPods });
  if (forPods === undefined) return [item];
  if (item.action !== 'renew') return [forPods, item];
  const isInUse = forPods.action !== 'mark' && forPods.action !== 'remove';
  return [isInUse ? { ...item, otherwise: forPods } : item];
}

function planForResource(
  context: PlanContext,
  awsIamRole: ObservedAwsIamRole,
  { secret, pod, areSecretsKnown, forPods }: SecretOfAwsIamRole,
): PlanItem {
  const { now } = context;
  const { roleReference, roleReferenceLength } = awsIamRole;
  const reference = resolveRoleReference(context.baseRoleArn, roleReference, roleReferenceLength);
  const subject = { ...subjectOfAwsIamRole(context, awsIamRole), pod };
  const isOwned = secret !== undefined && isOwnedBy(secret, awsIamRole);
  if (awsIamRole.deletion !== undefined) {
    const expiresAt = isOwned ? expiryOf(secret, now) : undefined;
    const terminating = awsIamRoleTerminating(awsIamRole, awsIamRole.deletion, expiresAt, now);
    return { ...subject, expiresAt, ...terminating };
  }
  if (secret !== undefined && !isOwned && !isAdoptable(secret)) {
    return { ...subject, ...secretOfAnother(secret, subject.sessionSeconds, now, awsIamRole) };
  }
  if (reference.roleArn === undefined) {
    const { message } = reference;
    // An earlier generation may have named a role.
    const held = isOwned ? heldBy(context, subject, secret) : {};
    return { ...subject, ...held, action: 'refuse', reason: 'role-reference-malformed', message };
  }
  if (secret === undefined) return planMissing(context, subject, areSecretsKnown);
  // The credentials of pods, for another role, are not the resource's.
  if (forPods !== undefined) return planExisting(context, subject, secret);
  const held = heldBy(context, subject, secret);
  return planExisting(
    context,
    {
      ...subject,
      ...held,
      ...deletionNotice(secret),
      ...unreadablePartOf(secret, held.expiresAt),
    },
    secret,
  );
}

function heldBy(
  { now, fingerprintOf }: PlanContext,
  subject: SecretSubject,
  secret: ManagedSecret,
) {
  return heldCredentials(secret, subject, fingerprintOf(subject), now);
}

/** A missing annotation is not a mistake: Zalando's controller writes none. */
function unreadablePartOf(
  secret: ManagedSecret,
  expiresAt: Date | undefined,
): Pick<SecretSubject, 'unreadable'> {
  const { annotations } = secret;
  if (annotations[EXPIRES_AT_ANNOTATION] !== undefined && expiresAt === undefined) {
    return { unreadable: 'expiry time' };
  }
  return annotations[GENERATION_ANNOTATION] !== undefined && generationOf(secret) === undefined
    ? { unreadable: 'AWSIAMRole generation' }
    : {};
}

function planExisting(
  context: PlanContext,
  subject: SecretSubject & { readonly awsIamRole: ObservedAwsIamRole },
  secret: ManagedSecret,
): PlanItem {
  const { namespace, roleArn, awsIamRole } = subject;
  const decision = context.authorize(namespace, roleArn, 'awsIamRole');
  // A refusal is reported at once, although the existing credentials are still valid.
  if (decision.kind === 'refused') return { ...subject, ...notAllowed(decision) };
  const isIncomplete = secret.owners.length === 0 || secret.labels[TYPE_LABEL] !== AWSIAMROLE_TYPE;
  const isOfEarlierSpec = isIncomplete || generationOf(secret) !== awsIamRole.generation;
  // The credentials of an AWSIAMRole are used, whether a pod mounts them or not.
  if (!isOfEarlierSpec && !isRenewalDue(context, subject, true))
    return { ...subject, action: 'keep', secret };
  return decision.kind === 'allowed'
    ? { ...subject, action: 'renew', secret, grant: decision.grant }
    : { ...subject, ...notAllowed(decision) };
}
