import { isRoleArn } from '../contract/aws/role-arn.ts';
import { RefresherError } from '../contract/errors.ts';
import { isRecord } from '../contract/is-record.ts';
import { PASS, type PassEvent, type PassName } from '../contract/pass.ts';

/** The function was invoked with an event that requests none of its passes. A retry does not help. */
export class PassEventError extends RefresherError {
  override readonly name = 'PassEventError';
}

/**
 * Validates the event of an invocation. Only a sweep accepts `confirm`, and only a refresh accepts `renew`.
 *
 * @param ownPass - the pass of this function; `check` is accepted as well
 * @throws {PassEventError} for any other event, with the events that are accepted
 */
export function readPassEvent(event: unknown, ownPass: PassName): PassEvent {
  const { pass, confirm, renew, ...rest } = isRecord(event) ? event : {};
  const isConfirmValid = confirm === undefined || (pass === PASS.sweep && confirm === true);
  const isRenewValid = renew === undefined || (pass === PASS.refresh && isRoleArnText(renew));
  const name = [ownPass, PASS.check].find((accepted) => accepted === pass);
  if (name !== undefined && isConfirmValid && isRenewValid && Object.keys(rest).length === 0) {
    return {
      pass: name,
      ...(confirm === undefined ? {} : { confirm }),
      ...(renew === undefined ? {} : { renew }),
    };
  }
  throw new PassEventError(
    `invalid event ${excerptOf(event)}: ` +
      `send {"pass": "${ownPass}"}, {"pass": "${PASS.check}"}${OPTIONS[ownPass]}`,
  );
}

/** The options that a pass accepts. */
const OPTIONS: Readonly<Record<PassName, string>> = {
  refresh: ' or {"pass": "refresh", "renew": "<ARN of a role>"}',
  sweep: ' or {"pass": "sweep", "confirm": true}',
  check: '',
};

const MAX_EXCERPT_LENGTH = 200;

function excerptOf(event: unknown): string {
  try {
    return String(JSON.stringify(event)).slice(0, MAX_EXCERPT_LENGTH);
  } catch {
    return '(nested too deeply to quote)';
  }
}

function isRoleArnText(value: unknown): value is string {
  return typeof value === 'string' && isRoleArn(value);
}
