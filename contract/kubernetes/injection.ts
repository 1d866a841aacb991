/** Pod annotation of kube2iam and kiam that names a role. Used by the chart's injection, not by the refresher. */
export const ROLE_ANNOTATION = 'iam.amazonaws.com/role';

/**
 * Pod annotations of kube2iam and kiam that have no effect: all pods of a namespace share the session of a role, so a
 * pod cannot choose its name or external ID. Each with the setting that replaces it.
 */
export const IGNORED_POD_ANNOTATIONS = {
  'iam.amazonaws.com/external-id': 'externalId',
  'iam.amazonaws.com/session-name': 'sessionName',
} as const;
export type IgnoredPodAnnotation = keyof typeof IGNORED_POD_ANNOTATIONS;

/** The label of namespaces that opt in to injection, and its value. */
export const INJECT_LABEL = 'kube-aws-iam/inject';
export const INJECT_VALUE = 'enabled';

/** Name of the injected volume. Different from the documented one, which a pod may have for another role. */
export const INJECTED_VOLUME = 'kube-aws-iam';

/**
 * Name and mount path of the second injected volume. It has one file of the Secret, `credentials.process`, which is the
 * same after each renewal, so the kubelet never replaces it.
 */
export const CONFIG_VOLUME = 'kube-aws-iam-config';
export const CONFIG_PATH = '/meta/aws-iam-config';
