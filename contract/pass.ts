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

/** How often each pass is performed, in seconds. A sweep is performed at minutes 5, 15, 25 and so on of an hour. */
export const PASS_PERIOD_SECONDS = { refresh: 60, sweep: 600 } as const;

/**
 * Time after which an invocation is stopped, in seconds. A refresh pass ends before the next one starts, and a refresh pass
 * has served the pods of a pod event that takes longer.
 */
export const INVOCATION_SECONDS = { refresh: 50, sweep: 300, events: 50 } as const;
