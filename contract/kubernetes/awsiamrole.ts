/**
 * The custom resource that requests credentials of a role that the name of a Secret cannot express: an ARN, another
 * account, a path, upper case. Defined by zalando-incubator/kube-aws-iam-controller.
 */
export const AWSIAMROLE = {
  group: 'zalando.org',
  version: 'v1',
  apiVersion: 'zalando.org/v1',
  kind: 'AWSIAMRole',
  plural: 'awsiamroles',
} as const;

/** Range of `spec.roleSessionDuration`, in seconds. The setting `sessions` may allow less than the maximum. */
export const ROLE_SESSION_DURATION = { min: 900, max: 43_200 } as const;
