import * as z from 'zod';
import {
  physicalName,
  type ResourceType,
  readProperties,
  type StackResource,
} from '../resource-type.ts';

/** A policy with an ARN, attached by the roles that it names or by roles that name it. */
export interface IamManagedPolicy {
  readonly kind: 'iam-managed-policy';
  readonly policyName: string;
  readonly arn: string;
  readonly document: unknown;
  readonly roleNames: readonly string[];
}

const schema = z.strictObject({
  Description: z.string().optional(),
  ManagedPolicyName: z.string().optional(),
  Path: z.string().optional(),
  PolicyDocument: z.unknown(),
  Roles: z.array(z.string()).default([]),
});

const nameOf = (resource: StackResource) => physicalName(resource, 'ManagedPolicyName', 128);

function arnOf(resource: StackResource): string {
  const path = resource.property('Path') ?? '/';
  return `arn:${resource.partition}:iam::${resource.account}:policy${path}${nameOf(resource)}`;
}

export const iamManagedPolicy: ResourceType<IamManagedPolicy> = {
  type: 'AWS::IAM::ManagedPolicy',
  ref: arnOf,
  attributes: { PolicyArn: arnOf },
  read: (resource) => {
    const { PolicyDocument, Roles } = readProperties(resource, schema);
    return {
      kind: 'iam-managed-policy',
      policyName: nameOf(resource),
      arn: arnOf(resource),
      document: PolicyDocument,
      roleNames: Roles,
    };
  },
};
