/** The ARN that a reference stands for, or why it stands for none. */
export type RoleReference =
  | { readonly roleArn: string }
  | { readonly roleArn?: undefined; readonly message: string };

/** A path of IAM: segments between slashes, of any printable ASCII (IAM identifiers, "path"); 512 characters with its slashes. */
const PATH = '(?:[!-.0-~]+/)*';
const LONGEST_PATH = 512;
/** The name of a role: 64 characters at most. */
const NAME = '[\\w+=,.@-]{1,64}';
const ROLE_ARN = new RegExp(`^arn:aws[a-z-]{0,20}:iam::\\d{12}:role/${PATH}${NAME}$`);
const ROLE_PATH = new RegExp(`^${PATH}${NAME}$`);
/** Partition, account and the longest path and name. */
const LONGEST_ARN = 630;

/**
 * Reads the `roleReference` of an AWSIAMRole: a whole ARN, of any partition and account, or a name, with a path or
 * without, which is appended to the base (Zalando's controller; a leading slash is dropped, as kiam does).
 *
 * @param reference - comes from whoever may create AWSIAMRoles
 */
export function resolveRoleReference(
  baseRoleArn: string,
  reference: string | undefined,
): RoleReference {
  if (reference === undefined || reference === '') {
    return { message: 'spec.roleReference is missing: it has to be the name or the ARN of a role' };
  }
  if (reference.length > LONGEST_ARN) {
    return { message: `spec.roleReference is longer than ${LONGEST_ARN} characters` };
  }
  if (reference.startsWith('arn:')) {
    return ROLE_ARN.test(reference) && pathFits(reference.slice(reference.indexOf('/')))
      ? { roleArn: reference }
      : {
          message:
            'spec.roleReference is not the ARN of an IAM role, such as arn:aws:iam::123456789012:role/path/name',
        };
  }
  const path = reference.startsWith('/') ? reference.slice(1) : reference;
  return ROLE_PATH.test(path) && pathFits(path)
    ? { roleArn: baseRoleArn + path }
    : {
        message:
          'spec.roleReference is not the name of an IAM role: 64 letters, digits and "+=,.@_-" at most, ' +
          'with a path such as team/orders where the role has one',
      };
}

function pathFits(path: string): boolean {
  return path.lastIndexOf('/') + 1 <= LONGEST_PATH;
}
