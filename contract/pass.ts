/**
 * The passes that a function can be invoked with. `refresh` and `sweep` change Secrets, each in the function of its
 * name. `check` works in both: it reads, assumes the requested roles, reports, and changes nothing.
 */
export const PASS = { refresh: 'refresh', sweep: 'sweep', check: 'check' } as const;
export type PassName = (typeof PASS)[keyof typeof PASS];

/** The event of a scheduled or manual invocation. */
export interface PassEvent {
  readonly pass: PassName;
  /** Confirms a sweep that the brake would stop. */
  readonly confirm?: boolean;
  /** The ARN of a role whose sessions were revoked: a refresh renews all its Secrets, even if they expire later. */
  readonly renew?: string;
}
