import { HTTP_STATUS } from '../../../contract/http-status.ts';
import type { SecretMetadata } from '../../../contract/kubernetes/secret.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type { Listing } from '../../../kubernetes/lists/api-object.ts';
import type { SessionConfig } from '../../decide/configured-session.ts';
import type { ManagedSecret } from '../../observe/managed-secrets.ts';
import type { ObservedPod } from '../../observe/pods.ts';
import type { BackOff } from '../back-off.ts';
import type { CreationHistory } from '../creation-history.ts';
import type { AssumeRole } from '../sessions/assume-role.ts';
import type { SecretContent } from './render-secret.ts';

/** Changes to labels or annotations; null removes one. */
type MetadataChanges = Readonly<Record<string, string | null>>;

/** Changes to a Secret. Fields that are not named stay as they are. */
export interface SecretChanges {
  readonly annotations: MetadataChanges;
  readonly labels?: MetadataChanges;
  readonly ownerReferences?: SecretContent['ownerReferences'];
  readonly data?: SecretContent['data'];
}

/** Writes Secrets. A write fails if the Secret is no longer the one that was read. */
export interface SecretApi {
  /** Creates a Secret. @throws {KubernetesApiError} `AlreadyExists` when the name is taken */
  create(
    namespace: string,
    name: string,
    content: SecretContent,
    signal: AbortSignal,
  ): Promise<void>;
  /** Changes a Secret. @throws {KubernetesApiError} `Conflict` when it has changed since it was read */
  change(secret: ManagedSecret, changes: SecretChanges, signal: AbortSignal): Promise<void>;
  /** Deletes a Secret. @throws {KubernetesApiError} `Conflict` when it has changed since it was read */
  remove(secret: ManagedSecret, signal: AbortSignal): Promise<void>;
}

/** Whether a write failed because someone else created, changed or removed the Secret after it was read. */
export function isWriteConflict(error: unknown): boolean {
  return (
    error instanceof KubernetesApiError &&
    (error.status === HTTP_STATUS.conflict || error.status === HTTP_STATUS.notFound)
  );
}

/** Dependencies of carrying out a plan. */
export interface ActDeps extends SessionConfig {
  /** Labels and annotations of every Secret. */
  readonly secretMetadata: SecretMetadata;
  readonly now: () => Date;
  readonly refreshBeforeSeconds: number;
  readonly assumeRole: AssumeRole;
  /** Loads the module that writes Secrets, at the first call. */
  readonly secretApi: () => Promise<SecretApi>;
  /** Reads the metadata of a Secret again. */
  readonly findSecret: (
    namespace: string,
    name: string,
    signal: AbortSignal,
  ) => Promise<ManagedSecret | undefined>;
  /** Lists the live pods of a namespace again. */
  readonly listPodsOf: (namespace: string, signal: AbortSignal) => Promise<Listing<ObservedPod>>;
  readonly backOff: BackOff;
  readonly creations: CreationHistory;
}
