/** How a check ended. `not-checked` is neither good nor bad: somebody may not look, or something else has to be mended first. */
export type Status = 'ok' | 'warning' | 'failed' | 'not-checked';

/** What a check found. */
export interface Finding {
  readonly status: Status;
  /** What is the case, in a line. */
  readonly says: string;
  /** The parts of it, a line each. */
  readonly details?: readonly string[];
  /** What a person can do about it. */
  readonly remedy?: string;
}

/** All is as it should be. */
export function ok(says: string): Finding {
  return { status: 'ok', says };
}

/** It works, and should still be mended. */
export function warning(says: string, remedy: string): Finding {
  return { status: 'warning', says, remedy };
}

/** It does not work, or would not when it is needed. */
export function failed(says: string, remedy: string, details: readonly string[] = []): Finding {
  return { status: 'failed', says, remedy, ...(details.length === 0 ? {} : { details }) };
}

/** Nothing is known of it. */
export function notChecked(says: string, remedy?: string): Finding {
  return { status: 'not-checked', says, ...(remedy === undefined ? {} : { remedy }) };
}
