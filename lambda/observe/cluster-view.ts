import type { Listing } from '../../kubernetes/lists/listing.ts';

/** What is read of a pod that mounts a Secret whose name begins with the prefix. */
export interface ObservedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The names with the prefix, of `secret` volumes and `projected` sources in their order, each once. Never empty. */
  readonly secretNames: readonly string[];
  /** When it was made; absent when the server does not say so. */
  readonly createdAt?: Date;
}

/** What is read of a namespace. */
export interface ObservedNamespace {
  readonly name: string;
  /** Whether it is being deleted; nothing can be created in it any more. */
  readonly terminating: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Secret with the managed label, as metadata: its values are never read. */
export interface ManagedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The uids of the objects that own it. */
  readonly ownerUids: readonly string[];
}

/** An AWSIAMRole. Its schema may be anybody's, so each field is as it was found or absent. */
export interface ObservedAwsIamRole {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Counted up with each change of the spec. */
  readonly generation: number;
  /** Whether it is being deleted. */
  readonly terminating: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** The role's ARN, or its name with or without a path. */
  readonly roleReference?: string;
  /** How long a session is to last, in seconds. */
  readonly roleSessionDuration?: number;
  readonly status: AwsIamRoleStatus;
}

/** What this product reports of an AWSIAMRole, in the words of the API. */
export interface AwsIamRoleStatus {
  /** The generation that was last looked at. */
  readonly observedGeneration?: number;
  readonly roleARN?: string;
  /** When the credentials end: RFC 3339 in UTC. */
  readonly expiration?: string;
  readonly conditions?: readonly Condition[];
}

/** A condition (Kubernetes API conventions, metav1.Condition). */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration?: number;
  /** When `status` last changed: RFC 3339 in UTC. */
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

/** The cluster as one run saw it. */
export interface ClusterView {
  readonly pods: Listing<ObservedPod>;
  readonly namespaces: Listing<ObservedNamespace>;
  readonly secrets: Listing<ManagedSecret>;
  /** Empty where the cluster does not know the resource. */
  readonly awsIamRoles: Listing<ObservedAwsIamRole>;
}
