import type { RefresherSubject } from '../../../contract/kubernetes/cluster-access.ts';
import { userOfSubject } from '../../cluster/subject.ts';

/** What makes aws-iam-authenticator accept the refresher's role, in both forms that it reads. */
export interface AuthenticatorMapping {
  /** An item of `mapRoles`, in its configuration file. */
  readonly mapRoles: {
    readonly roleARN: string;
    readonly username: string;
    readonly groups: readonly string[];
  };
  /** A custom resource, for `--backend-mode=CRD`. */
  readonly iamIdentityMapping: {
    readonly apiVersion: 'iamauthenticator.k8s.aws/v1alpha1';
    readonly kind: 'IAMIdentityMapping';
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly arn: string;
      readonly username: string;
      readonly groups: readonly string[];
    };
  };
}

/** Returns the mapping of a role to the subject to which the chart grants permissions. */
export function authenticatorMapping(
  roleArn: string,
  subject: RefresherSubject,
): AuthenticatorMapping {
  const { username, groups } = userOfSubject(subject);
  return {
    mapRoles: { roleARN: roleArn, username, groups },
    iamIdentityMapping: {
      apiVersion: 'iamauthenticator.k8s.aws/v1alpha1',
      kind: 'IAMIdentityMapping',
      metadata: { name: 'kube-aws-iam-refresher' },
      spec: { arn: roleArn, username, groups },
    },
  };
}
