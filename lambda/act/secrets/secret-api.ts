import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type { Listing } from '../../../kubernetes/lists/listing.ts';
import type { ManagedSecret } from '../../observe/managed-secrets.ts';
import type { ObservedPod } from '../../observe/observed-pod.ts';
import type { BackOff } from '../back-off.ts';
import type { AssumeRole } from '../sessions/assume-role.ts';
import type { SecretContent } from './render-secret.ts';

/** Changes to annotations: a string sets one, null takes it off. */
export type AnnotationChanges = Readonly<Record<string, string | null>>;

/** What changes of a Secret; what is left out stays as it is. */
export interface SecretChanges {
  readonly annotations: AnnotationChanges;
  readonly labels?: SecretContent['labels'];
  readonly data?: SecretContent['data'];
}

/** The writes that the product makes, each refusing to touch a Secret that is not the one that was read. */
export interface SecretApi {
  /** Makes the Secret. @throws {KubernetesApiError} `AlreadyExists` when the name is taken */
  create(
    namespace: string,
    name: string,
    content: SecretContent,
    signal: AbortSignal,
  ): Promise<void>;
  /** Changes what is given and leaves the rest. @throws {KubernetesApiError} `Conflict` when it has changed since */
  change(secret: ManagedSecret, changes: SecretChanges, signal: AbortSignal): Promise<void>;
  /** Deletes the Secret. @throws {KubernetesApiError} `Conflict` when it has changed since */
  remove(secret: ManagedSecret, signal: AbortSignal): Promise<void>;
}

/** Whether a write failed because the Secret is not as it was read: it was changed, made or removed by somebody else. */
export function isWriteConflict(error: unknown): boolean {
  return error instanceof KubernetesApiError && (error.status === 409 || error.status === 404);
}

/** What carrying out a plan needs. */
export interface ActDeps {
  readonly now: () => Date;
  readonly refreshBeforeSeconds: number;
  readonly assumeRole: AssumeRole;
  /** The writes; the first call loads what they are made with. */
  readonly secretApi: () => Promise<SecretApi>;
  /** Reads a Secret's metadata again. */
  readonly findSecret: (
    namespace: string,
    name: string,
    signal: AbortSignal,
  ) => Promise<ManagedSecret | undefined>;
  /** Lists the live pods of one namespace again. */
  readonly listPodsOf: (namespace: string, signal: AbortSignal) => Promise<Listing<ObservedPod>>;
  readonly backOff: BackOff;
}
