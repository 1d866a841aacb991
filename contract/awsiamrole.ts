/**
 * The custom resource by which a namespace names a role that a Secret's name cannot hold: an ARN, another account, a path,
 * upper case. As zalando-incubator/kube-aws-iam-controller defines it.
 */
export const AWSIAMROLE = {
  group: 'zalando.org',
  version: 'v1',
  apiVersion: 'zalando.org/v1',
  kind: 'AWSIAMRole',
  plural: 'awsiamroles',
} as const;

/** What `spec.roleSessionDuration` may be, in seconds. STS gives a function an hour at most, whatever is asked for. */
export const ROLE_SESSION_DURATION = { min: 900, max: 43_200, default: 3_600 } as const;
