import type { ManagedSecret } from '../observe/cluster-view.ts';
import type { IgnoredMount, PodReference } from './credential-request.ts';
import type { RefusalReason } from './guard.ts';

/** What every item says: which Secret it is about, and for which role. */
interface Subject {
  readonly namespace: string;
  readonly name: string;
  readonly role: string;
  readonly roleArn: string;
  /** A pod that wants it, when one was seen in this run. */
  readonly pod?: PodReference | undefined;
}

/** A Secret that is to be made. */
export interface CreateItem extends Subject {
  readonly action: 'create';
}

/** A Secret of ours that is to get new credentials; a mark is taken off with the same write when a pod wants it. */
export interface RenewItem extends Subject {
  readonly action: 'renew';
  readonly secret: ManagedSecret;
  /** When its present credentials end; absent when nothing credible says so. */
  readonly expiresAt?: Date | undefined;
}

/** A Secret of ours that stays as it is. */
export interface KeepItem extends Subject {
  readonly action: 'keep';
  readonly secret: ManagedSecret;
  readonly expiresAt?: Date | undefined;
}

/** A Secret of ours that no pod wants, or wants again: the mark is written or taken off. */
export interface MarkItem extends Subject {
  readonly action: 'mark' | 'unmark';
  readonly secret: ManagedSecret;
  readonly expiresAt?: Date | undefined;
}

/** A Secret of ours that no pod has wanted for longer than the grace period. */
export interface RemoveItem extends Subject {
  readonly action: 'remove';
  readonly secret: ManagedSecret;
  readonly expiresAt?: Date | undefined;
}

/** What is asked for and not given. */
export interface RefuseItem extends Subject {
  readonly action: 'refuse';
  readonly reason: RefusalReason | 'name-taken';
  readonly message: string;
}

/** What this run cannot decide; the next one looks again. */
export interface DeferItem extends Subject {
  readonly action: 'defer';
  readonly reason: 'namespace-unknown' | 'secrets-unknown';
  readonly message: string;
  readonly expiresAt?: Date | undefined;
}

export type PlanItem =
  | CreateItem
  | RenewItem
  | KeepItem
  | MarkItem
  | RemoveItem
  | RefuseItem
  | DeferItem;

/** Set when a sweep would have marked or removed so much that a person has to say whether that is right. */
export interface RemovalBrake {
  readonly toMark: number;
  readonly toRemove: number;
  /** How many managed Secrets there are. */
  readonly managed: number;
}

/** What a run is to do: each Secret that is wanted or ours has exactly one item. */
export interface Plan {
  readonly items: readonly PlanItem[];
  readonly ignored: readonly IgnoredMount[];
  readonly brake?: RemovalBrake;
}
