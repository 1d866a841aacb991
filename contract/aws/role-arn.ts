/**
 * ARNs of IAM roles, as IAM defines them (IAM identifiers). Everything in the product that accepts or takes apart a
 * role ARN does it here.
 */

/** The parts of a role's ARN. */
interface RoleArn {
  /** E.g. `aws` or `aws-us-gov`. */
  readonly partition: string;
  /** 12 digits. */
  readonly account: string;
  /** Ends in `/`; empty for a role without a path. */
  readonly path: string;
  readonly name: string;
}

/** Maximum length of a role's name, and of its path with all slashes. */
export const MAX_ROLE_NAME_LENGTH = 64;
const MAX_ROLE_PATH_LENGTH = 512;

/** No role ARN is longer: partition, account, the longest path and the longest name. */
export const MAX_ROLE_ARN_LENGTH = 630;

const PARTITION = '(?<partition>aws(?:-[a-z]+)*)';
const ACCOUNT = '(?<account>\\d{12})';
const NAME_CHARACTER = '[\\w+=,.@-]';
const NAME = `(?<name>${NAME_CHARACTER}{1,${MAX_ROLE_NAME_LENGTH}})`;
/** Segments of any printable ASCII, each followed by a slash. */
const PATH = '(?<path>(?:[!-.0-~]+/)*)';
/** Segments that contain no `*`, `?` or `$`, which have a meaning in IAM policies. */
const LITERAL_PATH = `(?<path>(?:${NAME_CHARACTER}+/)*)`;

const ROLE_ARN = new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:role/${PATH}${NAME}$`);
const LITERAL_ROLE_ARN = new RegExp(
  `^arn:${PARTITION}:iam::${ACCOUNT}:role/${LITERAL_PATH}${NAME}$`,
);
const BASE_ROLE_ARN = new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:role/${LITERAL_PATH}$`);
const ROLE_PATH_AND_NAME = new RegExp(`^${PATH}${NAME}$`);

/**
 * A pattern for role ARNs, with IAM's wildcards `*` and `?` in the account (`*` only), path and name. The group `role`
 * is what follows `role/`.
 */
export const ROLE_ARN_PATTERN = new RegExp(
  `^arn:${PARTITION}:iam::(?<account>\\d{12}|\\*):role/(?<role>[\\w+=,.@/*?-]+)$`,
);

/** Takes a role's ARN apart; undefined when the text is not the ARN of a role. */
export function parseRoleArn(text: string): RoleArn | undefined {
  const { partition, account, path, name } = match(ROLE_ARN, text) ?? {};
  if (partition === undefined || account === undefined) return undefined;
  if (path === undefined || name === undefined) return undefined;
  return { partition, account, path, name };
}

/** Whether the text is the ARN of a role, of any partition, account and path. */
export function isRoleArn(text: string): boolean {
  return match(ROLE_ARN, text) !== undefined;
}

/** Whether the text is the ARN of a role and means only that role in the `Resource` of an IAM policy. */
export function isLiteralRoleArn(text: string): boolean {
  return match(LITERAL_ROLE_ARN, text) !== undefined;
}

/** Whether the text is the beginning of role ARNs to which a role's name is appended, with a path that ends in `/`. */
export function isBaseRoleArn(text: string): boolean {
  return match(BASE_ROLE_ARN, text) !== undefined;
}

/** Whether the text is a role's name, with or without its path, e.g. `team/orders`. */
export function isRolePathAndName(text: string): boolean {
  return match(ROLE_PATH_AND_NAME, text) !== undefined;
}

function match(pattern: RegExp, text: string): Readonly<Record<string, string>> | undefined {
  if (text.length > MAX_ROLE_ARN_LENGTH) return undefined;
  const groups = pattern.exec(text)?.groups;
  // IAM counts the slash before the path as well.
  const isTooLong = (groups?.['path'] ?? '').length + 1 > MAX_ROLE_PATH_LENGTH;
  return isTooLong ? undefined : groups;
}
