import { type Agent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts';
import { SDK_TIMEOUTS, SECRET_CONCURRENCY } from '../../../contract/limits.ts';
import { abortable } from '../../../kubernetes/cached-value.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { AssumeRoleError, isThrottled, toAssumeRoleError } from './assume-role-error.ts';
import type { DenialContext } from './denial-remedy.ts';

/** STS, called with the credentials of a principal. The client retries by itself. */
export type StsApi = Pick<STSClient, 'send'>;

interface StsClientDeps {
  readonly region: string;
  readonly now: () => Date;
  /** Called after each request, retries included. */
  readonly countCall: (isThrottled: boolean) => void;
}

/**
 * Maximum attempts of one call, and the delay between them: exponential, from 500 ms when STS throttles.
 *
 * Not `adaptive`: after the first throttled call, that mode limits the client to twice the rate that it measured, and
 * never lifts the limit. A pass makes all its calls at once and then none for a minute, so the measured rate is near
 * zero: ten calls took 1.2 s instead of 0.1 s, and a pass with half of its calls throttled took 37 s instead of 10 s
 * (measured). The concurrency limit protects the account's quota.
 */
const RETRIES = { retryMode: 'standard', maxAttempts: 5 } as const;

/**
 * Returns a function that creates STS clients, with the function's own credentials or with others. The clients share
 * their connections.
 */
export function stsClientFactory({ region, now, countCall }: StsClientDeps) {
  const sockets = { maxSockets: SECRET_CONCURRENCY, keepAlive: true };
  const agents = { httpAgent: new HttpAgent(sockets), httpsAgent: new HttpsAgent(sockets) };
  const dropIdleSockets = createIdleSocketDropper(Object.values(agents), now);
  return (credentials?: STSClientConfig['credentials']): STSClient => {
    const client = new STSClient({
      region,
      ...RETRIES,
      requestHandler: { ...SDK_TIMEOUTS, ...agents },
      ...(credentials === undefined ? {} : { credentials }),
    });
    client.middlewareStack.add(
      (next) => (args) => {
        dropIdleSockets();
        return next(args);
      },
      { name: 'dropIdleSockets', step: 'initialize' },
    );
    countCalls(client, countCall);
    return client;
  };
}

/** Counts every attempt of a call: the middleware runs inside of the SDK's retries. */
function countCalls(client: STSClient, countCall: StsClientDeps['countCall']): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        const output = await next(args);
        countCall(false);
        return output;
      } catch (error) {
        countCall(isThrottled(error));
        throw error;
      }
    },
    // The SDK's retries are a middleware of the same step with a high priority.
    { name: 'countCalls', step: 'finalizeRequest', priority: 'low' },
  );
}

/**
 * Maximum pause after which sockets are reused, in milliseconds; the AWS SDK for Java has the same default
 * (`connectionMaxIdleTime`). A frozen function does not notice that its peers closed connections: the SDK would find
 * out by a failed call, and wait before the retry.
 */
const MAX_IDLE_MS = 60_000;

/** Returns a function to call before each use of the agents: it destroys their idle sockets after a long pause. */
function createIdleSocketDropper(agents: readonly Agent[], now: () => Date): () => void {
  let usedAt = now().getTime();
  return () => {
    const at = now().getTime();
    const wasIdle = at - usedAt > MAX_IDLE_MS;
    usedAt = at;
    if (!wasIdle) return;
    for (const agent of agents) {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
  };
}

/** A session to request from STS. */
export interface SessionRequest {
  readonly input: AssumeRoleCommandInput & { readonly RoleArn: string };
  /** For the remedy in the error when STS denies the role. */
  readonly denial: DenialContext;
}

/**
 * Requests a session and returns its credentials.
 *
 * @param signal - aborts the request; without it, only the client's timeouts do
 * @throws {AssumeRoleError} when STS issues no session
 * @throws the signal's reason when it aborts
 */
export async function requestSession(
  sts: StsApi,
  { input, denial }: SessionRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<Credentials> {
  const call = sts.send(new AssumeRoleCommand(input), { abortSignal: signal });
  return credentialsOf(call, input.RoleArn, signal, (error) =>
    toAssumeRoleError(error, input.RoleArn, denial),
  );
}

/**
 * Returns the credentials of a session that was requested from STS.
 *
 * @param toError - converts an error of the call
 * @throws the signal's reason when it aborts
 */
export async function credentialsOf(
  call: Promise<Pick<AssumeRoleCommandOutput, 'Credentials'>>,
  roleArn: string,
  signal: AbortSignal,
  toError: (error: unknown) => AssumeRoleError,
): Promise<Credentials> {
  // The SDK aborts a request with the signal, but not its delay before a retry, of up to 20 s.
  const output = await abortable(call, signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw toError(error);
  });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = output.Credentials ?? {};
  if (
    !isPrintable(AccessKeyId) ||
    !isPrintable(SecretAccessKey) ||
    !isPrintable(SessionToken) ||
    !isValidDate(Expiration)
  ) {
    throw new AssumeRoleError(
      'sts-failed',
      `STS answered without valid credentials for ${roleArn}`,
    );
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt: Expiration,
  };
}

/** A credential is written into a line of a file: a line break in it would start another line. */
function isPrintable(text: string | undefined): text is string {
  return text !== undefined && /^[!-~]+$/.test(text);
}

function isValidDate(date: Date | undefined): date is Date {
  return date !== undefined && !Number.isNaN(date.getTime());
}
