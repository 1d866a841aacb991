import { isRecord } from '../../contract/is-record.ts';
import {
  type LeaseRequest,
  MAX_REQUEST_AGE_MS,
  REQUEST_ANNOTATION,
  RESPONSE_ANNOTATION,
} from '../../contract/kubernetes/refresher-lease.ts';
import { PASS } from '../../contract/pass.ts';

/** A request in the annotations of the Lease; its event is not validated. */
export type ReadRequest =
  | { readonly id: string; readonly service: 'refresh' | 'sweep'; readonly event: unknown }
  | { readonly id: string; readonly error: string };

const ID = /^[\w-]{1,64}$/;

/** A request is the ARN of a role and a few words. */
const MAX_REQUEST_LENGTH = 4_096;

/**
 * Returns the request in the annotations of the Lease, or undefined if there is none, or one without an ID, or one that has a
 * response.
 */
export function readRequest(
  annotations: Readonly<Record<string, unknown>>,
  now: Date,
): ReadRequest | undefined {
  const text = annotations[REQUEST_ANNOTATION];
  if (typeof text !== 'string' || text.length > MAX_REQUEST_LENGTH) return undefined;
  const { id, sentAt, event } = parse(text);
  if (typeof id !== 'string' || !ID.test(id)) return undefined;
  if (parse(annotations[RESPONSE_ANNOTATION])['id'] === id) return undefined;
  const age = now.getTime() - Date.parse(String(sentAt));
  // Clocks differ, so a request may seem to be from the future.
  if (!(Math.abs(age) <= MAX_REQUEST_AGE_MS)) {
    return {
      id,
      error: `the request was sent at ${String(sentAt).slice(0, 40)}, more than ${MAX_REQUEST_AGE_MS / 60_000} minutes from now (${now.toISOString()}): send it again, and check the clocks of both machines`,
    };
  }
  const isSweep = isRecord(event) && event['pass'] === PASS.sweep;
  return { id, service: isSweep ? 'sweep' : 'refresh', event };
}

function parse(text: unknown): Partial<Record<keyof LeaseRequest, unknown>> {
  if (typeof text !== 'string') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
