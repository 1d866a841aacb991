import type { RoleSpec } from '../aws/iam/iam.ts';
import { AWS_MANAGED_POLICIES } from '../aws/iam/managed-policies.ts';
import { type Assembly, resourcesOf } from './assembly.ts';
import { AssemblyError } from './assembly-error.ts';
import { cdkOnlyRoleArns } from './cdk-functions.ts';
import type { IamRole } from './resources/iam-role.ts';

type NamedDocument = NonNullable<RoleSpec['policies']>[number];

/**
 * The roles of an assembly, each with all of its policies: inline, attached by a policy's `Roles`, and managed. A role of
 * CDK's own functions comes without: nothing here runs as it, so that its policies would be neither tried nor needed.
 * @throws AssemblyError for a policy that names a role, or a role that names a policy, which is not there.
 */
export function roleSpecs(assembly: Assembly): readonly RoleSpec[] {
  const roles = resourcesOf(assembly, 'iam-role');
  for (const { policyName, roleNames } of [
    ...resourcesOf(assembly, 'iam-policy'),
    ...resourcesOf(assembly, 'iam-managed-policy'),
  ]) {
    const missing = roleNames.find((name) => !roles.some(({ roleName }) => roleName === name));
    if (missing) throw new AssemblyError(`policy ${policyName} is for role ${missing}, not there`);
  }
  const foreign = cdkOnlyRoleArns(assembly);
  return roles.map((role) => ({
    arn: role.arn,
    trustPolicy: role.trustPolicy,
    maxSessionDuration: role.maxSessionDuration,
    policies: foreign.has(role.arn) ? [] : policiesOf(assembly, role),
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
    throw new AssemblyError(`role ${role.roleName} has the managed policy ${arn}, not known here`);
  }
  return { name, document };
}
