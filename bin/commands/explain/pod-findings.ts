import type { SecretExplanation } from './explain-secret.ts';
import type { SecretMount } from './secret-mounts.ts';

/** A Secret of a pod, and where it is mounted. */
export interface MountedSecret extends SecretExplanation {
  readonly mounts: readonly SecretMount[];
}

/** What is known of a pod and its Secrets. */
export interface PodFindings {
  /** When it was looked at. */
  readonly at: string;
  readonly namespace: string;
  readonly pod: string;
  readonly phase: string;
  readonly isTerminating: boolean;
  /** Whether the product looks at its namespace. */
  readonly isInScope: boolean;
  /** The role that its annotation names. */
  readonly annotation?: string;
  readonly secrets: readonly MountedSecret[];
}
