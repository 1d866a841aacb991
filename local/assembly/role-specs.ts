import { AWS_MANAGED_POLICIES } from '../aws/iam/managed-policies.ts';
import type { RoleSpec } from '../aws/iam/role.ts';
import { type Assembly, resourcesOf } from './assembly.ts';
import { AssemblyError } from './assembly-error.ts';
import { cdkOnlyRoleArns } from './cdk-functions.ts';
import type { IamRole } from './resources/iam-role.ts';

type NamedDocument = NonNullable<RoleSpec['policies']>[number];

/**
 * Returns the roles of an assembly with all their policies: inline, attached by a policy's `Roles`, and managed. A role of
 * CDK functions only has none: nothing runs as it, so its policies would be neither tested nor needed.
 *
 * @throws AssemblyError if a policy names a role, or a role names a policy, that does not exist
 */
export function roleSpecs(assembly: Assembly): readonly RoleSpec[] {
  const roles = resourcesOf(assembly, 'iam-role');
  for (const { policyName, roleNames } of [
    ...resourcesOf(assembly, 'iam-policy'),
    ...resourcesOf(assembly, 'iam-managed-policy'),
  ]) {
    const missing = roleNames.find((name) => !roles.some(({ roleName }) => roleName === name));
    if (missing) throw new AssemblyError(`policy ${policyName}: role ${missing} does not exist`);
  }
  const withoutPolicies = cdkOnlyRoleArns(assembly);
  return roles.map((role) => ({
    arn: role.arn,
    trustPolicy: role.trustPolicy,
    maxSessionDuration: role.maxSessionDuration,
    policies: withoutPolicies.has(role.arn) ? [] : policiesOf(assembly, role),
  }));
}

function policiesOf(assembly: Assembly, role: IamRole): readonly NamedDocument[] {
  return [
    ...role.inlinePolicies,
    ...attachedPolicies(assembly, role),
    ...role.managedPolicyArns.map((arn) => managedPolicy(assembly, role, arn)),
  ];
}

function attachedPolicies(assembly: Assembly, { roleName }: IamRole): readonly NamedDocument[] {
  return [...resourcesOf(assembly, 'iam-policy'), ...resourcesOf(assembly, 'iam-managed-policy')]
    .filter(({ roleNames }) => roleNames.includes(roleName))
    .map(({ policyName, document }) => ({ name: policyName, document }));
}

function managedPolicy(assembly: Assembly, role: IamRole, arn: string): NamedDocument {
  const own = resourcesOf(assembly, 'iam-managed-policy').find((policy) => policy.arn === arn);
  if (own) return { name: own.policyName, document: own.document };
  const name = /^arn:[\w-]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  const document = name && AWS_MANAGED_POLICIES.get(name);
  if (!name || !document) {
    throw new AssemblyError(`role ${role.roleName}: managed policy ${arn} is not supported`);
  }
  return { name, document };
}
