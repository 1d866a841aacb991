import type { Want } from '../lambda/contract/pod-event.ts';

/** A want, and what it was seen by. */
export interface SeenWant {
  readonly want: Want;
  /** What made it be wanted: of two sights with the same occasion the second is no news. */
  readonly occasion: string;
}
