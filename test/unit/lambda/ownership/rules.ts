import type { Cell } from './cells.ts';

/** What becomes of the Secret: credentials of the role in its name, of the AWSIAMRole's role, or something else. */
type Result = 'for pods' | 'for the AWSIAMRole' | 'removed' | 'kept' | 'left alone' | 'none';

/** What a person sees. */
interface Report {
  /** Reason of the Warning about a pod that mounts the Secret. */
  readonly pod?: string;
  /** Reason of the Warning about the AWSIAMRole, and its condition `Ready`. */
  readonly resource?: string;
  readonly ready?: string;
  /** The reason in the log, in `explain` and in the metrics. */
  readonly reason?: string;
  readonly alarm?: 'roles-refused' | 'roles-not-assumable';
}

/** What is to happen in some cells. */
export interface Rule {
  /** The condition, as docs/ownership.md shows it. */
  readonly secret: string;
  readonly awsIamRole: string;
  readonly pod: string;
  readonly action: string;
  readonly applies: (cell: Cell) => boolean;
  readonly result: Result;
  readonly report?: Report;
}

type SecretCell = NonNullable<Cell['secret']>;
type SecretTest = (secret: SecretCell, cell: Cell) => boolean;

const exists =
  (test: SecretTest) =>
  (cell: Cell): boolean =>
    cell.secret !== undefined && test(cell.secret, cell);

const isForeign: SecretTest = ({ hasHeritage }) => !hasHeritage;
const isOthers: SecretTest = ({ hasHeritage, owner }, { awsIamRole }) =>
  hasHeritage && (owner === 'another object' || (owner === 'several' && awsIamRole === 'none'));
const isEarlier: SecretTest = ({ hasHeritage, owner }) =>
  hasHeritage && owner === 'an earlier AWSIAMRole';
const isIts: SecretTest = ({ hasHeritage, owner }, { awsIamRole }) =>
  hasHeritage && (owner === 'this AWSIAMRole' || (owner === 'several' && awsIamRole !== 'none'));
const isOrphan: SecretTest = ({ hasHeritage, hasType, owner }) =>
  hasHeritage && hasType && owner === 'none';
const isOfPods: SecretTest = ({ hasHeritage, hasType, owner }, { hasPrefix }) =>
  hasHeritage && !hasType && owner === 'none' && hasPrefix;
const isNameless: SecretTest = ({ hasHeritage, hasType, owner }, { hasPrefix }) =>
  hasHeritage && !hasType && owner === 'none' && !hasPrefix;

const isMounted = ({ pod }: Cell) => pod !== 'none';
const inState =
  (state: SecretCell['state'], test: SecretTest): SecretTest =>
  (secret, cell) =>
    secret.state === state && test(secret, cell);
const immutable =
  (test: SecretTest): SecretTest =>
  (secret, cell) =>
    secret.isImmutable && test(secret, cell);
const isAdopted: SecretTest = (secret, cell) => isOrphan(secret, cell) || isOfPods(secret, cell);
const isWritten: SecretTest = (secret, cell) => isIts(secret, cell) || isAdopted(secret, cell);

const REFUSED = 'roles-refused';
const TAKEN = {
  pod: 'CreateSecretFailed',
  resource: 'CreateSecretFailed',
  ready: 'NameTaken',
  reason: 'name-taken',
  alarm: REFUSED,
} as const;
const IMMUTABLE = {
  pod: 'UpdateSecretFailed',
  resource: 'UpdateSecretFailed',
  ready: 'SecretImmutable',
  reason: 'secret-immutable',
  alarm: 'roles-not-assumable',
} as const;

/** The rules: the first that applies to a cell says what is to happen. */
export const RULES: readonly Rule[] = [
  // An AWSIAMRole exists.
  {
    secret: 'does not exist',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'creates it for the role of the AWSIAMRole',
    applies: ({ secret, awsIamRole }) => secret === undefined && awsIamRole === 'exists',
    result: 'for the AWSIAMRole',
  },
  {
    secret: 'without the label `heritage`',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'does not change it',
    applies: (cell) => cell.awsIamRole === 'exists' && exists(isForeign)(cell),
    result: 'left alone',
    report: TAKEN,
  },
  {
    secret: 'owned by another object',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'does not change it; names the owner',
    applies: (cell) => cell.awsIamRole === 'exists' && exists(isOthers)(cell),
    result: 'left alone',
    report: {
      pod: 'UpdateSecretFailed',
      resource: 'UpdateSecretFailed',
      ready: 'OwnedByAnother',
      reason: 'owned-by-another',
      alarm: REFUSED,
    },
  },
  {
    secret: 'of an earlier AWSIAMRole of the name',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'waits two minutes for Kubernetes to remove it, then reports it with its finalizers',
    applies: (cell) => cell.awsIamRole === 'exists' && exists(isEarlier)(cell),
    result: 'left alone',
    report: {
      pod: 'CreateSecretFailed',
      resource: 'CreateSecretFailed',
      ready: 'SecretOfEarlierResource',
      reason: 'secret-of-earlier-resource',
      alarm: REFUSED,
    },
  },
  {
    secret: 'label `heritage`, no role in the name, no owner, no label `type`',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'does not change it',
    applies: (cell) => cell.awsIamRole === 'exists' && exists(isNameless)(cell),
    result: 'left alone',
    report: TAKEN,
  },
  {
    secret: 'of the AWSIAMRole, without an owner, or of pods; and immutable',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'cannot renew it, and says so',
    applies: (cell) => cell.awsIamRole === 'exists' && exists(immutable(isWritten))(cell),
    result: 'left alone',
    report: IMMUTABLE,
  },
  {
    secret: 'of the AWSIAMRole, without an owner, or of pods; and being deleted',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'renews it as long as a finalizer keeps it, and names the finalizer',
    applies: (cell) =>
      cell.awsIamRole === 'exists' && exists(inState('being deleted', isWritten))(cell),
    result: 'for the AWSIAMRole',
    report: { pod: 'SecretTerminating', resource: 'SecretTerminating', ready: 'CredentialsIssued' },
  },
  {
    secret: 'of the AWSIAMRole, with or without the label `type`, with or without other owners',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'renews it',
    applies: (cell) => cell.awsIamRole === 'exists' && exists(isIts)(cell),
    result: 'for the AWSIAMRole',
  },
  {
    secret: 'of an AWSIAMRole, without an owner (restored from a backup, `--cascade=orphan`)',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'adopts it: renews it at once, and adds the owner',
    applies: (cell) => cell.awsIamRole === 'exists' && exists(isOrphan)(cell),
    result: 'for the AWSIAMRole',
  },
  {
    secret: 'of pods',
    awsIamRole: 'exists',
    pod: 'any',
    action: 'adopts it: the AWSIAMRole decides about the role from now on, also for running pods',
    applies: (cell) => cell.awsIamRole === 'exists' && exists(isOfPods)(cell),
    result: 'for the AWSIAMRole',
  },
  // An AWSIAMRole is being deleted.
  {
    secret: 'of pods, and immutable',
    awsIamRole: 'being deleted',
    pod: 'mounts it',
    action: 'cannot renew it, and says so',
    applies: (cell) =>
      cell.awsIamRole === 'being deleted' && isMounted(cell) && exists(immutable(isOfPods))(cell),
    result: 'left alone',
    report: {
      ...IMMUTABLE,
      resource: 'UpdateSecretFailed',
      ready: 'AwsiamroleTerminating',
    },
  },
  {
    secret: 'of pods, and being deleted',
    awsIamRole: 'being deleted',
    pod: 'mounts it',
    action: 'renews it as long as a finalizer keeps it, and names the finalizer',
    applies: (cell) =>
      cell.awsIamRole === 'being deleted' &&
      isMounted(cell) &&
      exists(inState('being deleted', isOfPods))(cell),
    result: 'for pods',
    report: {
      pod: 'SecretTerminating',
      resource: 'UpdateSecretFailed',
      ready: 'AwsiamroleTerminating',
      reason: 'awsiamrole-terminating',
      alarm: REFUSED,
    },
  },
  {
    secret: 'of pods',
    awsIamRole: 'being deleted',
    pod: 'mounts it',
    action: 'renews it for the pods',
    applies: (cell) =>
      cell.awsIamRole === 'being deleted' && isMounted(cell) && exists(isOfPods)(cell),
    result: 'for pods',
    report: {
      resource: 'UpdateSecretFailed',
      ready: 'AwsiamroleTerminating',
      reason: 'awsiamrole-terminating',
      alarm: REFUSED,
    },
  },
  {
    secret: 'of pods, and a finalizer keeps it',
    awsIamRole: 'being deleted',
    pod: 'none',
    action: 'deletes it after the grace period, once, and no longer renews it',
    applies: (cell) =>
      cell.awsIamRole === 'being deleted' &&
      exists((secret, all) => isOfPods(secret, all) && secret.state !== 'plain')(cell),
    result: 'kept',
    report: {
      resource: 'UpdateSecretFailed',
      ready: 'AwsiamroleTerminating',
      reason: 'awsiamrole-terminating',
      alarm: REFUSED,
    },
  },
  {
    secret: 'of pods',
    awsIamRole: 'being deleted',
    pod: 'none',
    action: 'removes it after the grace period',
    applies: (cell) => cell.awsIamRole === 'being deleted' && exists(isOfPods)(cell),
    result: 'removed',
    report: {
      resource: 'UpdateSecretFailed',
      ready: 'AwsiamroleTerminating',
      reason: 'awsiamrole-terminating',
      alarm: REFUSED,
    },
  },
  {
    secret: 'any other, or none',
    awsIamRole: 'being deleted',
    pod: 'any',
    action:
      'neither creates nor renews it; after two minutes it reports the finalizers of the AWSIAMRole and when the credentials expire',
    applies: ({ awsIamRole }) => awsIamRole === 'being deleted',
    result: 'left alone',
    report: {
      pod: 'UpdateSecretFailed',
      resource: 'UpdateSecretFailed',
      ready: 'AwsiamroleTerminating',
      reason: 'awsiamrole-terminating',
      alarm: REFUSED,
    },
  },
  // No AWSIAMRole exists.
  {
    secret: 'does not exist, and its name is that of a role',
    awsIamRole: 'none',
    pod: 'mounts it',
    action: 'creates it for the role in its name',
    applies: (cell) => cell.secret === undefined && cell.hasPrefix && isMounted(cell),
    result: 'for pods',
  },
  {
    secret: 'does not exist',
    awsIamRole: 'none',
    pod: 'none, or the name has no prefix',
    action: 'nothing',
    applies: ({ secret }) => secret === undefined,
    result: 'none',
  },
  {
    secret: 'without the label `heritage`, and its name is that of a role',
    awsIamRole: 'none',
    pod: 'waits for it',
    action: 'does not change it, and says so',
    applies: (cell) => cell.hasPrefix && cell.pod === 'pending' && exists(isForeign)(cell),
    result: 'left alone',
    report: { pod: 'SecretIgnored', reason: 'foreign-secret', alarm: REFUSED },
  },
  {
    secret: 'without the label `heritage`',
    awsIamRole: 'none',
    pod: 'runs with it, or none',
    action: 'nothing: it is not about credentials of the product',
    applies: exists(isForeign),
    result: 'left alone',
  },
  {
    secret: 'owned by another object',
    awsIamRole: 'none',
    pod: 'mounts it',
    action: 'does not change it; names the owner',
    applies: (cell) => isMounted(cell) && exists(isOthers)(cell),
    result: 'left alone',
    report: { pod: 'UpdateSecretFailed', reason: 'owned-by-another', alarm: REFUSED },
  },
  {
    secret: 'of an AWSIAMRole that no longer exists, with or without an owner',
    awsIamRole: 'none',
    pod: 'mounts it',
    action: 'neither renews nor replaces it: its pods would silently get another role',
    applies: (cell) =>
      isMounted(cell) &&
      exists((secret, all) => isOrphan(secret, all) || isEarlier(secret, all))(cell),
    result: 'left alone',
    report: { pod: 'UpdateSecretFailed', reason: 'awsiamrole-missing', alarm: REFUSED },
  },
  {
    secret: 'owned by another object, or by an AWSIAMRole that no longer exists',
    awsIamRole: 'none',
    pod: 'none',
    action: 'nothing: Kubernetes removes it with its last owner',
    applies: exists((secret, cell) => isOthers(secret, cell) || isEarlier(secret, cell)),
    result: 'left alone',
  },
  {
    secret: 'label `heritage`, no role in the name, no owner, no label `type`',
    awsIamRole: 'none',
    pod: 'any',
    action: 'nothing: nothing says what it is for',
    applies: exists(isNameless),
    result: 'left alone',
  },
  {
    secret: 'of pods, and immutable',
    awsIamRole: 'none',
    pod: 'mounts it',
    action: 'cannot renew it, and says so',
    applies: (cell) => isMounted(cell) && exists(immutable(isOfPods))(cell),
    result: 'left alone',
    report: { pod: IMMUTABLE.pod, reason: IMMUTABLE.reason, alarm: IMMUTABLE.alarm },
  },
  {
    secret: 'of pods, and being deleted',
    awsIamRole: 'none',
    pod: 'mounts it',
    action: 'renews it as long as a finalizer keeps it, and names the finalizer',
    applies: (cell) => isMounted(cell) && exists(inState('being deleted', isOfPods))(cell),
    result: 'for pods',
    report: { pod: 'SecretTerminating' },
  },
  {
    secret: 'of pods',
    awsIamRole: 'none',
    pod: 'mounts it',
    action: 'renews it',
    applies: (cell) => isMounted(cell) && exists(isOfPods)(cell),
    result: 'for pods',
  },
  {
    secret: 'of pods, and immutable',
    awsIamRole: 'none',
    pod: 'none',
    action:
      'removes it after the grace period; until then it tries to renew it, and says that it cannot',
    applies: exists(immutable(inState('plain', isOfPods))),
    result: 'removed',
    report: { reason: IMMUTABLE.reason, alarm: IMMUTABLE.alarm },
  },
  {
    secret: 'of pods, and immutable, with a finalizer',
    awsIamRole: 'none',
    pod: 'none',
    action:
      'deletes it after the grace period, once; until then it tries to renew it, and says that it cannot',
    applies: exists(immutable(inState('with a finalizer', isOfPods))),
    result: 'kept',
    report: { reason: IMMUTABLE.reason, alarm: IMMUTABLE.alarm },
  },
  {
    secret: 'of pods, or of an AWSIAMRole without an owner; and a finalizer keeps it',
    awsIamRole: 'none',
    pod: 'none',
    action: 'deletes it after the grace period, once, and no longer renews it',
    applies: exists((secret, cell) => isAdopted(secret, cell) && secret.state !== 'plain'),
    result: 'kept',
  },
  {
    secret: 'of pods, or of an AWSIAMRole without an owner',
    awsIamRole: 'none',
    pod: 'none',
    action: 'removes it after the grace period',
    applies: exists(isAdopted),
    result: 'removed',
  },
];

/** Returns the rule of a cell. */
export function ruleOf(cell: Cell): Rule {
  const rule = RULES.find(({ applies }) => applies(cell));
  if (rule === undefined) throw new Error(`no rule for ${JSON.stringify(cell)}`);
  return rule;
}

/** Whether somebody expects valid credentials in the Secret, by the rules of README.md alone. */
export function isNeeded(cell: Cell): boolean {
  if (cell.awsIamRole === 'exists') return true;
  if (cell.pod === 'none') return false;
  const wasIssued = exists(
    ({ hasHeritage, hasType, owner }) => hasHeritage && (hasType || owner !== 'none'),
  );
  if (!cell.hasPrefix) return wasIssued(cell);
  // A pod that runs with a Secret of somebody else has what it wants.
  return cell.pod === 'pending' || !exists(isForeign)(cell);
}

/** What a cell must look like. */
export interface Expected {
  readonly podWarnings: readonly string[];
  readonly resourceWarnings: readonly string[];
  /** Reason and status of the condition `Ready`. */
  readonly ready: string;
  readonly alarm: string | undefined;
  readonly explained: 'given' | 'failing' | 'withheld' | 'own';
}

/** Returns what a cell must look like, by its rule. */
export function expectedOf(cell: Cell): Expected {
  const { report = {}, result } = ruleOf(cell);
  return {
    podWarnings: cell.pod === 'none' ? [] : [report.pod ?? []].flat(),
    resourceWarnings: [report.resource ?? []].flat(),
    ready: cell.awsIamRole === 'none' ? '' : readyOf(report, result),
    alarm: alarmOf(cell, report),
    explained: isLeftToPod(cell) ? 'own' : explainedOf(report, result),
  };
}

function readyOf({ ready = 'CredentialsIssued' }: Report, result: Result): string {
  return `${ready} ${result === 'for the AWSIAMRole' ? 'True' : 'False'}`;
}

/** A refresh sees AWSIAMRoles and pods that have not started; a sweep sees the other pods. */
function alarmOf({ awsIamRole, pod }: Cell, { alarm }: Report): string | undefined {
  const isSeenByRefresh = awsIamRole !== 'none' || pod === 'pending';
  return alarm === REFUSED && !isSeenByRefresh ? 'credentials-withheld' : alarm;
}

/** A pod may mount a Secret of somebody else, unless an AWSIAMRole requests that name. */
function isLeftToPod(cell: Cell): boolean {
  return cell.hasPrefix && cell.awsIamRole === 'none' && exists(isForeign)(cell);
}

/** Where an AWSIAMRole exists, or is being deleted, it is explained, not the pod. */
function explainedOf({ pod, reason, ready }: Report, result: Result): Expected['explained'] {
  if (ready === 'AwsiamroleTerminating') return 'withheld';
  if (reason === IMMUTABLE.reason || pod === 'SecretTerminating') return 'failing';
  return result === 'for pods' || result === 'for the AWSIAMRole' ? 'given' : 'withheld';
}
