import { resolveRoleReference } from '../../lambda/decide/role-reference.ts';

/**
 * The ARN of the role that a person names.
 *
 * @param role - an ARN, or a name, with its path or without, which is appended to the base
 */
export function roleArnFrom(baseRoleArn: string, role: string): string {
  const reference = resolveRoleReference(baseRoleArn, role);
  if (reference.roleArn !== undefined) return reference.roleArn;
  throw new Error(
    `"${role}" is neither the name of a role, such as app-orders or team/orders, nor an ARN of one`,
  );
}
