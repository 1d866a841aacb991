/** How a session is named: after the namespace, as the 2018 controller did, or as its descendant does. */
export const SESSION_NAME_FORMS = ['namespace', 'seed', 'zalando'] as const;
export type SessionNameForm = (typeof SESSION_NAME_FORMS)[number];

/** What a session is opened for. */
export interface NamedSession {
  readonly namespace: string;
  readonly clusterName: string;
  /** May be anything: an AWSIAMRole's author wrote it. */
  readonly roleArn: string;
}

/** What STS takes as a session name: so many characters of `[\w+=,.@-]`. */
const LENGTH = { min: 2, max: 64 } as const;
const SEED_SUFFIX = '-session';

/**
 * The name that CloudTrail shows and that a trust policy can insist on (`sts:RoleSessionName`). STS takes it whatever the
 * role's ARN is.
 */
export function sessionName(form: SessionNameForm, session: NamedSession): string {
  switch (form) {
    case 'namespace':
      return namespaceSessionName(session.namespace, session.clusterName);
    case 'seed':
      return seedSessionName(session.roleArn);
    case 'zalando':
      return zalandoSessionName(session.roleArn);
  }
}

/** `<namespace>@<cluster>`. A namespace has at most 63 characters, so it is always there whole, up to the `@`. */
export function namespaceSessionName(namespace: string, clusterName: string): string {
  return legal(`${namespace}@${clusterName}`);
}

/** The session that a cluster opens for itself and not for a namespace: the cluster's name. */
export function clusterSessionName(clusterName: string): string {
  return legal(clusterName);
}

/** `<role>-session` without the role's path. A long role gives way to the ending, which filters look for. */
function seedSessionName(roleArn: string): string {
  const role = roleArn.split('/').at(-1) ?? '';
  return legal(withLegalCharacters(role).slice(0, LENGTH.max - SEED_SUFFIX.length) + SEED_SUFFIX);
}

/**
 * `<account>.<path>.<role>`: the role has all the room that it needs, and what is left goes to the path, to the segments
 * next to the role first; each has one character at least. A path with more segments than there is room for loses its first ones.
 */
function zalandoSessionName(roleArn: string): string {
  const [head = '', ...segments] = roleArn.split('/');
  const account = withLegalCharacters(head.replace(/^arn:[^:]*:iam::/, '').replace(/:role$/, ''));
  // Room for one character of the role and its dot.
  const prefix = account.slice(0, LENGTH.max - 2);
  let room = LENGTH.max - prefix.length;
  let levels = segments.slice(-Math.floor(room / 2)).map(withLegalCharacters);
  let path = '';
  while (levels.length > 0) {
    const roomOfOthers = 2 * (levels.length - 1);
    const level = `.${levels.at(-1)}`.slice(0, room - roomOfOthers);
    path = level + path;
    room -= level.length;
    levels = levels.slice(0, -1);
  }
  return legal(prefix + path);
}

function legal(text: string): string {
  return withLegalCharacters(text).slice(0, LENGTH.max).padEnd(LENGTH.min, '_');
}

/** Each other character becomes `_`, one that takes two code units too. */
function withLegalCharacters(text: string): string {
  return text.replace(/[^\w+=,.@-]/gu, '_');
}
