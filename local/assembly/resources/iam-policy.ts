import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** A policy that is part of the roles that it names. */
export interface IamPolicy {
  readonly kind: 'iam-policy';
  readonly policyName: string;
  readonly document: unknown;
  readonly roleNames: readonly string[];
}

const schema = z.strictObject({
  PolicyDocument: z.unknown(),
  PolicyName: z.string(),
  Roles: z.array(z.string()).min(1),
});

export const iamPolicy: ResourceType<IamPolicy> = {
  type: 'AWS::IAM::Policy',
  read: (resource) => {
    const { PolicyName, PolicyDocument, Roles } = readProperties(resource, schema);
    return {
      kind: 'iam-policy',
      policyName: PolicyName,
      document: PolicyDocument,
      roleNames: Roles,
    };
  },
};
