import { errorMessageOf } from '../../contract/errors.ts';
import { RESPONSE_ANNOTATION } from '../../contract/kubernetes/refresher-lease.ts';
import type { FailureLog } from '../../forwarder/failure-log.ts';
import type { Lease, LeaseApi } from '../leading/lease.ts';
import type { Service } from '../running/service.ts';
import { formatError, formatResult } from './format-response.ts';
import { type ReadRequest, readRequest } from './read-request.ts';

interface AnswerRequestsDeps {
  readonly services: Readonly<Record<'refresh' | 'sweep', Service>>;
  readonly lease: LeaseApi;
  readonly failureLog: FailureLog;
  now(): Date;
}

/** How long the response is written, at most. */
const WRITE_TIMEOUT_MS = 10_000;

/**
 * Returns a function that carries out the request in a renewed Lease and writes the response, one request at a time. A
 * request whose response could not be written is carried out again: all requests can be repeated.
 */
export function requestAnswerer(deps: AnswerRequestsDeps, stop: AbortSignal) {
  let isBusy = false;
  /** A renewal that was in flight meanwhile may show the Lease without its response. */
  let answered: string | undefined;
  return async (lease: Pick<Lease, 'annotations'>): Promise<void> => {
    const request = isBusy ? undefined : readRequest(lease.annotations, deps.now());
    if (request === undefined || request.id === answered) return;
    isBusy = true;
    if (await answer(deps, request, stop)) answered = request.id;
    isBusy = false;
  };
}

/** Returns whether the response was written. Never rejects. */
async function answer(
  deps: AnswerRequestsDeps,
  request: ReadRequest,
  stop: AbortSignal,
): Promise<boolean> {
  try {
    const response = await carryOut(deps, request, stop);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(WRITE_TIMEOUT_MS)]);
    await deps.lease.annotate({ [RESPONSE_ANNOTATION]: response }, signal);
    deps.failureLog.recovered();
    return true;
  } catch (error) {
    // The next leader carries it out.
    if (stop.aborted) return false;
    deps.failureLog.failed({
      reason: error instanceof Error ? error.name : 'unknown',
      error: errorMessageOf(error),
      remedy: 'none needed unless it persists: the request is carried out again',
    });
    return false;
  }
}

async function carryOut(
  { services }: AnswerRequestsDeps,
  request: ReadRequest,
  stop: AbortSignal,
): Promise<string> {
  const { id } = request;
  if ('error' in request) return formatError(id, request.error);
  try {
    return formatResult(id, await services[request.service].invoke(request.event, stop));
  } catch (error) {
    stop.throwIfAborted();
    return formatError(id, errorMessageOf(error));
  }
}
