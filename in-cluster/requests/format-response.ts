import { isRecord } from '../../contract/is-record.ts';
import {
  type LeaseResponse,
  MAX_RESPONSE_BYTES,
} from '../../contract/kubernetes/refresher-lease.ts';

const MAX_ERROR_LENGTH = 4_000;

/**
 * Formats the value of the response's annotation. Items at the end of the longest lists are omitted until it fits, because
 * Kubernetes limits annotations.
 */
export function formatResult(id: string, result: unknown): string {
  const complete = structuredClone(isRecord(result) ? result : { result });
  let omitted = 0;
  let text = textOf({ id, result: complete });
  while (Buffer.byteLength(text) > MAX_RESPONSE_BYTES) {
    const longest = listsIn(complete).toSorted((one, other) => sizeOf(other) - sizeOf(one))[0];
    if (longest === undefined || longest.length === 0) {
      return formatError(
        id,
        'the pass succeeded, but its response is too long; its log has the report',
      );
    }
    omitted += longest.splice(Math.floor(longest.length / 2)).length;
    text = textOf({ id, result: complete, omitted });
  }
  return text;
}

export function formatError(id: string, message: string): string {
  return textOf({ id, error: message.slice(0, MAX_ERROR_LENGTH) });
}

function textOf(response: LeaseResponse): string {
  return JSON.stringify(response);
}

function sizeOf(list: readonly unknown[]): number {
  return JSON.stringify(list).length;
}

/** The lists in a response, at any depth but not in other lists. */
function listsIn(value: unknown): unknown[][] {
  if (Array.isArray(value)) return [value];
  return isRecord(value) ? Object.values(value).flatMap(listsIn) : [];
}
