import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { formatInstant } from '../../contract/format-instant.ts';
import {
  type LeaseRequest,
  REFRESHER_LEASE,
  REQUEST_ANNOTATION,
  RESPONSE_ANNOTATION,
} from '../../contract/kubernetes/refresher-lease.ts';
import type { PassEvent } from '../../contract/pass.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { getObject } from '../kubeconfig/get-object.ts';
import { sendObject } from '../kubeconfig/send-object.ts';
import type { InvocationResult } from '../lambda/invoke-function.ts';

/** The Lease of the refresher in the cluster. */
export const leaseObject = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
    })
    .default({}),
});

export type LeaseObject = z.output<typeof leaseObject>;

const leaseResponse = z.object({
  id: z.string(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.string().optional(),
  omitted: z.number().default(0),
});

/** Clock and delay, which tests replace. */
export interface WaitDeps {
  readonly now: () => Date;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

const SYSTEM: WaitDeps = {
  now: () => new Date(),
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
};

/** A pass takes up to 50 seconds, and may wait for the one in progress. */
const RESPONSE = { timeoutMs: 150_000, pollMs: 1_000 } as const;

/** Without a renewal for longer, the Lease has no leader, whatever its duration says. */
const MIN_LEADER_MS = 15_000;

/**
 * Has the refresher that runs in the cluster carry out a pass, over annotations of its Lease, and waits for the result.
 *
 * @param whyNoLeader - explains, with a remedy, why nothing holds the Lease
 * @throws when nothing holds the Lease, or nothing responds
 */
export async function requestPass(
  connection: KubernetesConnection,
  event: PassEvent,
  whyNoLeader: (signal: AbortSignal) => Promise<string>,
  signal: AbortSignal,
  { now, sleep }: WaitDeps = SYSTEM,
): Promise<InvocationResult> {
  const before = await readLease(connection, signal);
  if (before === undefined || leaderOf(before, now()) === undefined) {
    throw new Error(await whyNoLeader(signal));
  }
  const request: LeaseRequest = { id: randomUUID(), sentAt: formatInstant(now()), event };
  const annotations = { [REQUEST_ANNOTATION]: JSON.stringify(request) };
  const { path } = REFRESHER_LEASE;
  await sendObject(
    connection,
    { method: 'PATCH', path, body: { metadata: { annotations } } },
    signal,
  );
  const deadline = now().getTime() + RESPONSE.timeoutMs;
  while (now().getTime() < deadline) {
    await sleep(RESPONSE.pollMs, signal);
    const lease = await readLease(connection, signal);
    const result = lease && resultIn(lease, request.id);
    if (result !== undefined) return result;
    if (lease?.metadata.annotations[REQUEST_ANNOTATION] !== annotations[REQUEST_ANNOTATION]) {
      throw new Error(
        `another command has replaced the request in Lease ${REFRESHER_LEASE.name}: run the command again`,
      );
    }
  }
  throw new Error(
    `the refresher in the cluster did not respond within ${RESPONSE.timeoutMs / 1_000} seconds: run kubectl logs --namespace ${REFRESHER_LEASE.namespace} deployment/${REFRESHER_LEASE.name}`,
  );
}

/** Reads the Lease; undefined if it does not exist. */
export async function readLease(
  connection: KubernetesConnection,
  signal: AbortSignal,
): Promise<LeaseObject | undefined> {
  const lease = await getObject(connection, REFRESHER_LEASE.path, signal);
  return lease === undefined ? undefined : leaseObject.parse(lease);
}

/** Returns who holds a Lease, and since when it was not renewed; undefined if nothing has renewed it in time. */
export function leaderOf(
  { spec: { holderIdentity, renewTime, leaseDurationSeconds } }: LeaseObject,
  now: Date,
): { readonly name: string; readonly renewedAt: Date } | undefined {
  if (!holderIdentity || !renewTime) return undefined;
  const renewedAt = new Date(renewTime);
  const maxAgeMs = Math.max((leaseDurationSeconds ?? 0) * 1_000, MIN_LEADER_MS);
  // An unreadable time has no age, so nothing holds the Lease.
  const isHeld = now.getTime() - renewedAt.getTime() <= maxAgeMs;
  return isHeld ? { name: holderIdentity, renewedAt } : undefined;
}

function resultIn({ metadata }: LeaseObject, id: string): InvocationResult | undefined {
  const response = leaseResponse.safeParse(parseJson(metadata.annotations[RESPONSE_ANNOTATION]));
  if (!response.success || response.data.id !== id) return undefined;
  const { result, error, omitted } = response.data;
  if (error === undefined) {
    return { kind: 'response', payload: result, ...(omitted > 0 ? { omitted } : {}) };
  }
  const [, errorType = 'Error', errorMessage = error] = /^(\w*Error): (.*)$/s.exec(error) ?? [];
  return { kind: 'error', errorType, errorMessage };
}

function parseJson(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
