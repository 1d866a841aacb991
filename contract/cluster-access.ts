/** The Kubernetes group that the EKS access entry gives to the refresher, and that the chart's RBAC binds. */
export const REFRESHERS_GROUP = 'kube-aws-iam:refreshers';

/** Names the product as the writer of a field (server-side field management) and in audit logs. */
export const FIELD_MANAGER = 'kube-aws-iam';
