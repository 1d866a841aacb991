import { RefresherError } from '../contract/errors.ts';
import { PASS, type PassEvent, type PassName } from '../contract/pass.ts';

/** The ARN of a role, of any partition, account and path. */
const ROLE_ARN = /^arn:aws[a-z-]{0,20}:iam::\d{12}:role\/[!-~]{1,576}$/;

/**
 * Reads what a function was invoked with. Only a sweep can be confirmed, and only a refresh be told to renew.
 *
 * @param acting - the pass that this function carries out; `check` it takes besides
 * @throws {PassEventError} for anything else, naming what would be right; a retry does not help
 */
export function readPassEvent(event: unknown, acting: PassName): PassEvent {
  const { pass, confirm, renew, ...rest } = isRecord(event) ? event : {};
  const isConfirmable = confirm === undefined || (pass === PASS.sweep && confirm === true);
  const isRenewable = renew === undefined || (pass === PASS.refresh && isRoleArn(renew));
  const named = [acting, PASS.check].find((name) => name === pass);
  if (named !== undefined && isConfirmable && isRenewable && Object.keys(rest).length === 0) {
    return {
      pass: named,
      ...(confirm === undefined ? {} : { confirm }),
      ...(renew === undefined ? {} : { renew }),
    };
  }
  throw new PassEventError(
    `cannot act on ${shown(event)}: ` +
      `send {"pass": "${acting}"}, {"pass": "${PASS.check}"}${ALSO[acting]}`,
  );
}

function shown(event: unknown): string {
  try {
    return String(JSON.stringify(event)).slice(0, 200);
  } catch {
    return 'an event that is nested too deep to be shown';
  }
}

const ALSO: Readonly<Record<PassName, string>> = {
  refresh: ' or {"pass": "refresh", "renew": "<ARN of a role>"}',
  sweep: ' or {"pass": "sweep", "confirm": true}',
  check: '',
};

function isRoleArn(value: unknown): value is string {
  return typeof value === 'string' && ROLE_ARN.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The function was invoked with something that is none of its passes. A retry does not help. */
export class PassEventError extends RefresherError {
  override readonly name = 'PassEventError';
}
