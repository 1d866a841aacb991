import { isRoleArn, isRolePathAndName, MAX_ROLE_ARN_LENGTH } from '../../contract/aws/role-arn.ts';

/** The ARN that a reference stands for, or why it is malformed. */
type RoleReference =
  | { readonly roleArn: string }
  | { readonly roleArn?: undefined; readonly message: string };

/**
 * Resolves the `roleReference` of an AWSIAMRole: an ARN of any partition and account, or a name with or without a path,
 * which is appended to `baseRoleArn` as in Zalando's controller. A leading slash is ignored, as in kiam.
 *
 * @param reference - from a tenant
 * @param length - its length before it was cut
 */
export function resolveRoleReference(
  baseRoleArn: string,
  reference: string | undefined,
  length = reference?.length,
): RoleReference {
  if (length !== undefined && length > MAX_ROLE_ARN_LENGTH) {
    return {
      message: `spec.roleReference has ${length} characters, more than the ${MAX_ROLE_ARN_LENGTH} of any role's ARN`,
    };
  }
  if (reference === undefined || reference === '') {
    return { message: 'spec.roleReference is missing: set it to the name or the ARN of a role' };
  }
  if (reference.startsWith('arn:')) {
    return isRoleArn(reference)
      ? { roleArn: reference }
      : {
          message:
            'spec.roleReference is not the ARN of an IAM role, such as arn:aws:iam::123456789012:role/path/name',
        };
  }
  const path = reference.startsWith('/') ? reference.slice(1) : reference;
  return isRolePathAndName(path)
    ? { roleArn: baseRoleArn + path }
    : {
        message:
          'spec.roleReference is not the name of an IAM role: use at most 64 letters, digits and "+=,.@_-", ' +
          'after the path if the role has one, such as team/orders',
      };
}
