import * as z from 'zod';
import { naming, type ResourceType, readProperties } from '../resource-type.ts';

/** A role, without the policies that other resources attach to it. */
export interface IamRole {
  readonly kind: 'iam-role';
  readonly roleName: string;
  readonly arn: string;
  readonly trustPolicy: unknown;
  readonly inlinePolicies: readonly { readonly name: string; readonly document: unknown }[];
  readonly managedPolicyArns: readonly string[];
  readonly maxSessionDuration: number;
}

const schema = z.strictObject({
  AssumeRolePolicyDocument: z.unknown(),
  Description: z.string().optional(),
  ManagedPolicyArns: z.array(z.string()).default([]),
  MaxSessionDuration: z.number().int().min(3_600).max(43_200).default(3_600),
  Path: z.string().optional(),
  Policies: z
    .array(z.strictObject({ PolicyName: z.string(), PolicyDocument: z.unknown() }))
    .default([]),
  RoleName: z
    .string()
    .regex(/^[\w+=,.@-]{1,64}$/)
    .optional(),
  Tags: z.unknown().optional(),
});

const { nameOf, arnOf } = naming({
  property: 'RoleName',
  maxLength: 64,
  service: 'iam',
  path: (name, resource) => `role${resource.property('Path') ?? '/'}${name}`,
  isGlobal: true,
});

export const iamRole: ResourceType<IamRole> = {
  type: 'AWS::IAM::Role',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) => {
    const properties = readProperties(resource, schema);
    return {
      kind: 'iam-role',
      roleName: nameOf(resource),
      arn: arnOf(resource),
      trustPolicy: properties.AssumeRolePolicyDocument,
      inlinePolicies: properties.Policies.map(({ PolicyName, PolicyDocument }) => ({
        name: PolicyName,
        document: PolicyDocument,
      })),
      managedPolicyArns: properties.ManagedPolicyArns,
      maxSessionDuration: properties.MaxSessionDuration,
    };
  },
};
