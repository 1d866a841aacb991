import type { ManagedSecret } from '../../observe/cluster-view.ts';
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
