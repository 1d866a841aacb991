import type { Listing } from '../../kubernetes/lists/listing.ts';
import type { ManagedSecret, ObservedPod } from '../observe/cluster-view.ts';
import type { BackOff } from './back-off.ts';
import type { SecretApi } from './secrets/secret-api.ts';
import type { AssumeRole } from './sessions/assume-role.ts';

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
