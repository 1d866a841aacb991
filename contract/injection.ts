/** Pod annotation of kube2iam and kiam that names a role: the chart's injection reads it, the refresher does not. */
export const ROLE_ANNOTATION = 'iam.amazonaws.com/role';

/** The label by which a namespace opts in to injection, and its value. */
export const INJECT_LABEL = 'kube-aws-iam/inject';
export const INJECT_VALUE = 'enabled';

/** Name of the volume that injection adds. Not one that people write: a pod may have theirs for another role. */
export const INJECTED_VOLUME = 'kube-aws-iam';
