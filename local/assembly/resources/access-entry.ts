import * as z from 'zod';
import { parseRoleArn } from '../../aws/arn.ts';
import type { AccessEntry } from '../../aws/eks/token-authenticator.ts';
import { type ResourceType, readProperties, type StackResource } from '../resource-type.ts';

/** An EKS access entry. */
interface EksAccessEntry extends AccessEntry {
  readonly kind: 'access-entry';
  /**
   * ARNs of the cluster access policies. The embedded cluster does not evaluate them: it authenticates the principal but
   * authorizes nothing, so only the roles of CDK functions can have them.
   */
  readonly accessPolicyArns: readonly string[];
}

// EKS reserves the prefix `system:` of groups and five prefixes of usernames (EKS user guide, "Create access entries").
const schema = z.strictObject({
  AccessPolicies: z
    .array(
      z.strictObject({
        AccessScope: z.strictObject({
          Namespaces: z.array(z.string()).optional(),
          Type: z.enum(['cluster', 'namespace']),
        }),
        PolicyArn: z.string().regex(/^arn:[\w-]+:eks::aws:cluster-access-policy\/\w+$/),
      }),
    )
    .default([]),
  ClusterName: z.string(),
  KubernetesGroups: z
    .array(
      z.string().refine((group) => !group.startsWith('system:'), {
        error: 'a Kubernetes group of an access entry cannot start with system:',
      }),
    )
    .default([]),
  PrincipalArn: z.string().refine((arn) => parseRoleArn(arn) !== undefined, {
    error: 'the principal of an access entry must be an IAM role',
  }),
  Tags: z.unknown().optional(),
  Type: z.literal('STANDARD').optional(),
  Username: z
    .string()
    .regex(/^(?!system:|eks:|aws:|amazon:|iam:)/)
    .optional(),
});

const text = (resource: StackResource, name: string) => String(resource.property(name));

export const accessEntry: ResourceType<EksAccessEntry> = {
  type: 'AWS::EKS::AccessEntry',
  ref: (resource) => `${text(resource, 'PrincipalArn')}|${text(resource, 'ClusterName')}`,
  read: (resource) => {
    const properties = readProperties(resource, schema);
    return {
      kind: 'access-entry',
      clusterName: properties.ClusterName,
      principalArn: properties.PrincipalArn,
      kubernetesGroups: properties.KubernetesGroups,
      accessPolicyArns: properties.AccessPolicies.map(({ PolicyArn }) => PolicyArn),
      ...(properties.Username === undefined ? {} : { username: properties.Username }),
    };
  },
};
