import { PASS, type PassEvent, type PassName } from './contract/pass.ts';
import { PassEventError } from './errors.ts';

/**
 * Reads what a function was invoked with. Only a sweep can be confirmed.
 *
 * @param acting - the pass that this function carries out; `check` it takes besides
 * @throws {PassEventError} for anything else, naming what would be right; a retry does not help
 */
export function readPassEvent(event: unknown, acting: PassName): PassEvent {
  const { pass, confirm, ...rest } = isRecord(event) ? event : {};
  const isConfirmable = confirm === undefined || (pass === PASS.sweep && confirm === true);
  const named = [acting, PASS.check].find((name) => name === pass);
  if (named !== undefined && isConfirmable && Object.keys(rest).length === 0) {
    return { pass: named, ...(confirm === undefined ? {} : { confirm }) };
  }
  const confirmed = acting === PASS.sweep ? ' or {"pass": "sweep", "confirm": true}' : '';
  throw new PassEventError(
    `cannot act on ${JSON.stringify(event)?.slice(0, 200)}: ` +
      `send {"pass": "${acting}"}, {"pass": "${PASS.check}"}${confirmed}`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
