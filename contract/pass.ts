/**
 * What a schedule, or a person, sends to a function. `refresh` and `sweep` act; `check` reads, tries to assume the roles
 * that are asked for, reports and changes nothing, and both functions take it.
 */
export const PASS = { refresh: 'refresh', sweep: 'sweep', check: 'check' } as const;
export type PassName = (typeof PASS)[keyof typeof PASS];

/** The event of a scheduled or manual invocation. */
export interface PassEvent {
  readonly pass: PassName;
  /** A person's word that a sweep which would remove most of the Secrets is right. */
  readonly confirm?: boolean;
  /**
   * The ARN of a role whose sessions were revoked: a refresh renews each Secret of it, however long its credentials last.
   */
  readonly renew?: string;
}
