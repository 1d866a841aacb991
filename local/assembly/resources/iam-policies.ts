import * as z from 'zod';
import { naming, type ResourceType, readProperties } from '../resource-type.ts';

/** An inline policy of the roles that it names. */
interface IamPolicy {
  readonly kind: 'iam-policy';
  readonly policyName: string;
  readonly document: unknown;
  readonly roleNames: readonly string[];
}

/** A managed policy, attached to the roles that it names and to those that name it. */
interface IamManagedPolicy {
  readonly kind: 'iam-managed-policy';
  readonly policyName: string;
  readonly arn: string;
  readonly document: unknown;
  readonly roleNames: readonly string[];
}

const inlineSchema = z.strictObject({
  PolicyDocument: z.unknown(),
  PolicyName: z.string(),
  Roles: z.array(z.string()).min(1),
});

const managedSchema = z.strictObject({
  Description: z.string().optional(),
  ManagedPolicyName: z.string().optional(),
  Path: z.string().optional(),
  PolicyDocument: z.unknown(),
  Roles: z.array(z.string()).default([]),
});

const { nameOf, arnOf } = naming({
  property: 'ManagedPolicyName',
  maxLength: 128,
  service: 'iam',
  path: (name, resource) => `policy${resource.property('Path') ?? '/'}${name}`,
  isGlobal: true,
});

export const iamPolicy: ResourceType<IamPolicy> = {
  type: 'AWS::IAM::Policy',
  read: (resource) => {
    const { PolicyName, PolicyDocument, Roles } = readProperties(resource, inlineSchema);
    return {
      kind: 'iam-policy',
      policyName: PolicyName,
      document: PolicyDocument,
      roleNames: Roles,
    };
  },
};

export const iamManagedPolicy: ResourceType<IamManagedPolicy> = {
  type: 'AWS::IAM::ManagedPolicy',
  ref: arnOf,
  attributes: { PolicyArn: arnOf },
  read: (resource) => {
    const { PolicyDocument, Roles } = readProperties(resource, managedSchema);
    return {
      kind: 'iam-managed-policy',
      policyName: nameOf(resource),
      arn: arnOf(resource),
      document: PolicyDocument,
      roleNames: Roles,
    };
  },
};
