/** Forms of session names: by namespace, as the 2018 controller (`seed`), or as its successor (`zalando`). */
export const SESSION_NAME_FORMS = ['namespace', 'seed', 'zalando'] as const;
export type SessionNameForm = (typeof SESSION_NAME_FORMS)[number];

/** The namespace and role that a session is for. */
export interface SessionTarget {
  readonly namespace: string;
  readonly clusterName: string;
  /** Any text: it may come from the author of an AWSIAMRole. */
  readonly roleArn: string;
}

/** Length of session names, which consist of `[\w+=,.@-]` (STS, AssumeRole). */
const LENGTH = { min: 2, max: 64 } as const;
const SEED_SUFFIX = '-session';

/**
 * Returns the session name, which CloudTrail shows and trust policies can require (`sts:RoleSessionName`). It is valid
 * for any role ARN.
 */
export function sessionName(form: SessionNameForm, session: SessionTarget): string {
  switch (form) {
    case 'namespace':
      return namespaceSessionName(session.namespace, session.clusterName);
    case 'seed':
      return seedSessionName(session.roleArn);
    case 'zalando':
      return zalandoSessionName(session.roleArn);
  }
}

/** Returns `<namespace>@<cluster>`, truncated to 64 characters. A namespace has at most 63, so it is always complete. */
export function namespaceSessionName(namespace: string, clusterName: string): string {
  return validName(`${namespace}@${clusterName}`);
}

/** Returns the name of a session that is not for a namespace: the name of the cluster. */
export function clusterSessionName(clusterName: string): string {
  return validName(clusterName);
}

/** `<role>-session` without the role's path. A long role is truncated, not the suffix, which filters search for. */
function seedSessionName(roleArn: string): string {
  const role = roleArn.split('/').at(-1) ?? '';
  return validName(
    withValidCharacters(role).slice(0, LENGTH.max - SEED_SUFFIX.length) + SEED_SUFFIX,
  );
}

/**
 * `<account>.<path>.<role>`. When it is too long, the path is truncated first, its segments from left to right, to one
 * character each; a path with too many segments loses its first ones.
 */
function zalandoSessionName(roleArn: string): string {
  const [head = '', ...segments] = roleArn.split('/');
  const account = withValidCharacters(head.replace(/^arn:[^:]*:iam::/, '').replace(/:role$/, ''));
  // Leaves room for a dot and one character of the role.
  const prefix = account.slice(0, LENGTH.max - 2);
  let room = LENGTH.max - prefix.length;
  let levels = segments.slice(-Math.floor(room / 2)).map(withValidCharacters);
  let path = '';
  while (levels.length > 0) {
    const roomOfOthers = 2 * (levels.length - 1);
    const level = `.${levels.at(-1)}`.slice(0, room - roomOfOthers);
    path = level + path;
    room -= level.length;
    levels = levels.slice(0, -1);
  }
  return validName(prefix + path);
}

function validName(text: string): string {
  return withValidCharacters(text).slice(0, LENGTH.max).padEnd(LENGTH.min, '_');
}

/** Replaces each other character, surrogate pairs included, by one `_`. */
function withValidCharacters(text: string): string {
  return text.replace(/[^\w+=,.@-]/gu, '_');
}
