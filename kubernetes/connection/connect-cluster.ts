import type { ClusterAddress } from '../eks/cluster-endpoint.ts';
import type { BearerToken } from '../eks/eks-token.ts';
import type { ApiRequest, ApiResponse, KubernetesConnection } from '../kubernetes-connection.ts';
import { type Attempt, attemptRequest, type Means } from './attempt-request.ts';
import type { Remembered } from './cached-value.ts';
import { type CurrentLine, currentLine } from './cluster-line.ts';
import { type ConnectionParties, tokenRefused, unreachable } from './connection-error.ts';
import { type RetryDelayDeps, retryDelay } from './retry-delay.ts';
import { untilAborted } from './until-aborted.ts';

export interface ConnectClusterDeps extends ConnectionParties, RetryDelayDeps {
  readonly endpoint: Remembered<ClusterAddress>;
  readonly token: Remembered<BearerToken>;
  /** The product's version, which the cluster's audit log shows. */
  readonly version: string;
  /** Called after each request that was sent, tries included. */
  countCall(isThrottled: boolean): void;
  /** Waits; rejects when the signal comes first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A connection that a process can end, so that nothing keeps it alive. A function leaves it open. */
export interface ClosableConnection extends KubernetesConnection {
  close(): Promise<void>;
}

/**
 * Connects to the cluster at the first request. What goes wrong on the way has its remedy and its number of tries:
 * a refused token is made anew, an address that leads nowhere is looked up again, broken connections are replaced at
 * once, and a server that is busy (429, 5xx) is given the time it asks for.
 */
export function connectCluster(deps: ConnectClusterDeps): ClosableConnection {
  const lines = currentLine(deps.endpoint, deps.now);
  return {
    send: (request) => sendWithRemedies(deps, lines, request),
    close: () => lines.close(),
  };
}

/** What an API server answers that has more to do than it takes on (API Priority and Fairness). */
const TOO_MANY_REQUESTS = 429;

type Failed = Extract<Attempt, { ailment: string }>;
type Ailment = Failed['ailment'];

/** How often each ailment of one request is treated. */
const TREATMENTS: Readonly<Record<Ailment, number>> = {
  refused: 1,
  busy: 5,
  broken: 3,
  astray: 1,
  slow: 1,
};

async function sendWithRemedies(
  deps: ConnectClusterDeps,
  lines: CurrentLine,
  request: ApiRequest,
): Promise<ApiResponse> {
  const counts: Record<Ailment, number> = { refused: 0, busy: 0, broken: 0, astray: 0, slow: 0 };
  for (;;) {
    const means = await meansOf(deps, lines, request.signal);
    const attempt = await attemptRequest(means, request);
    deps.countCall(attempt.response?.status === TOO_MANY_REQUESTS);
    if (attempt.ailment === undefined) return attempt.response;
    counts[attempt.ailment] += 1;
    if (counts[attempt.ailment] > TREATMENTS[attempt.ailment]) return giveUp(deps, means, attempt);
    if (attempt.ailment === 'busy') {
      const delay = retryDelay(deps, counts.busy, attempt.response.headers['retry-after']);
      if (!(await hasWaited(deps, delay, request.signal))) return attempt.response;
    } else {
      treat(deps, lines, means, attempt.ailment);
    }
  }
}

async function meansOf(
  { token, version }: ConnectClusterDeps,
  lines: CurrentLine,
  signal: AbortSignal,
): Promise<Means> {
  const both = Promise.all([lines.get(), token.get()]);
  const [line, bearer] = await untilAborted(both, signal);
  return { line, token: bearer, userAgent: `kube-aws-iam/${version}` };
}

function treat(
  { endpoint, token }: ConnectClusterDeps,
  lines: CurrentLine,
  means: Means,
  ailment: Exclude<Ailment, 'busy'>,
): void {
  if (ailment === 'refused') {
    token.forget(means.token);
    return;
  }
  // Where one connection broke, those that idle beside it did too.
  lines.drop(means.line);
  if (ailment === 'astray') endpoint.forget(means.line.address);
}

/** Whether the wait ended before the run's time did. */
async function hasWaited(
  { sleep }: ConnectClusterDeps,
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await sleep(milliseconds, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

function giveUp(deps: ConnectClusterDeps, { line }: Means, attempt: Failed): ApiResponse {
  if (attempt.ailment === 'busy') return attempt.response;
  if (attempt.ailment === 'refused') throw tokenRefused(deps);
  throw unreachable(deps, line.address.url, attempt.ailment, attempt.error);
}
