import { randomUUID } from 'node:crypto';
import type { Assembly } from '../../assembly/assembly.ts';
import { authorizePutEvents } from './authorize-put-events.ts';
import { AwsJsonRefusal, jsonResponse, jsonErrorResponse, signatureRefusal } from '../http/aws-json.ts';
import { type AwsResponse, type AwsServer, startAwsServer } from '../http/aws-server.ts';
import { createEntryFaults, type EntryFaults } from './entry-faults.ts';
import {
  createEventDelivery,
  type EventDelivery,
  type EventDeliveryDeps,
  type EventEnvelope,
  type FailedDelivery,
} from './event-delivery.ts';
import { createEventRouter, type EventRouter } from './event-router.ts';
import type { CallFault } from '../http/call-faults.ts';
import type { Iam, Session } from '../iam/iam.ts';
import { type AcceptedEntry, type EntryFailure, readPutEventsEntry } from './put-events-entry.ts';
import { type PutEventsEntry, readPutEventsInput } from './put-events-request.ts';
import type { SignedRequest } from '../http/signature-claim.ts';
import { verifySignature } from '../http/verify-signature.ts';

/** An event that EventBridge took. */
export interface AcceptedEvent {
  /** When it was taken, by the embedded clock. */
  readonly at: Date;
  /** The bus that it was for, which need not be there. */
  readonly busArn: string;
  readonly event: EventEnvelope;
  /** The rules that it matched; each of their targets gets it. */
  readonly matchedRuleArns: readonly string[];
}

/** The embedded EventBridge: its server, and what became of the events. */
export interface EmbeddedEventBridge extends AwsServer {
  /** Every event taken so far, the oldest first. */
  readonly events: readonly AcceptedEvent[];
  /** The deliveries that AWS would count as failed invocations. */
  readonly failedDeliveries: readonly FailedDelivery[];
  /** What goes wrong with single entries; `faults` meet whole requests. */
  readonly entryFaults: EntryFaults;
  /** From taking an event to handing it over, in milliseconds by the machine's clock. It may be changed at any time; 0 at the start. */
  deliveryDelayMs: number;
  /** Ends when no event is on its way and no function runs asynchronously. Throws what broke, if anything. */
  settled(): Promise<void>;
  /** Ends the server and drops what is on its way. Throws what broke and nobody was told of. */
  stop(): Promise<void>;
}

/** What the embedded EventBridge is made of. */
export interface EventBridgeDeps extends Omit<EventDeliveryDeps, 'iam' | 'account'> {
  readonly assembly: Assembly;
  readonly iam: Iam;
}

/** EventBridge over its quota, in its own words. */
export const EVENTBRIDGE_THROTTLING: CallFault = {
  kind: 'error',
  status: 400,
  code: 'ThrottlingException',
  message: 'Rate exceeded',
};

const TARGET = 'AWSEvents.PutEvents';

/**
 * Starts an EventBridge on loopback with the buses and rules of the assembly. It answers PutEvents, and nothing else, to
 * whom the caller's policies and the bus's own allow it, and hands what matches to the functions.
 * @throws AssemblyError for a rule that could not be deployed.
 */
export async function startEventBridge(deps: EventBridgeDeps): Promise<EmbeddedEventBridge> {
  const { assembly, clock } = deps;
  const router = createEventRouter(assembly);
  const delivery = createEventDelivery({ ...deps, account: assembly.target.account });
  const entryFaults = createEntryFaults();
  const events: AcceptedEvent[] = [];

  function put(entry: PutEventsEntry): EntryFailure | { readonly EventId: string } {
    const accepted = readPutEventsEntry(entry);
    if ('ErrorCode' in accepted) return accepted;
    const failure = entryFaults.take(entry);
    if (failure) return failure;
    const event = envelopeOf(deps, accepted);
    const busArn = router.busArn(accepted.eventBusName);
    const rules = router.rulesFor(busArn, event);
    events.push({ at: clock.now(), busArn, event, matchedRuleArns: rules.map(({ arn }) => arn) });
    for (const rule of rules) delivery.send(event, rule, eventBridge.deliveryDelayMs);
    return { EventId: event.id };
  }

  const server = await startAwsServer(clock, {
    target: (request) => ({ action: actionOf(request), resource: firstBusOf(request) }),
    handle: (request) => answer(deps, router, put, request),
    errorResponse: (_request, error) => jsonErrorResponse(error),
  });
  const eventBridge = embedded(server, { events, entryFaults, delivery });
  return eventBridge;
}

interface Parts {
  readonly events: readonly AcceptedEvent[];
  readonly entryFaults: EntryFaults;
  readonly delivery: EventDelivery;
}

function embedded(
  server: AwsServer,
  { events, entryFaults, delivery }: Parts,
): EmbeddedEventBridge {
  return {
    ...server,
    events,
    entryFaults,
    failedDeliveries: delivery.failed,
    deliveryDelayMs: 0,
    settled: delivery.settled,
    stop: async () => {
      await server.stop();
      delivery.stop();
    },
  };
}

async function answer(
  deps: EventBridgeDeps,
  router: EventRouter,
  put: (entry: PutEventsEntry) => object,
  request: SignedRequest,
): Promise<AwsResponse> {
  let caller: Session | undefined;
  try {
    caller = await callerOf(deps, request);
    const entries = entriesOf(request);
    // A request is refused as a whole, so that every entry is looked at before the first is put.
    for (const entry of entries) {
      const busArn = router.busArn(entry.EventBusName ?? 'default');
      authorizePutEvents(deps.iam, caller, busArn, entry);
    }
    const results = entries.map(put);
    const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
    return { ...jsonResponse({ FailedEntryCount, Entries: results }), caller: caller.arn };
  } catch (error) {
    if (!(error instanceof AwsJsonRefusal)) throw error;
    return jsonErrorResponse({ ...error.error, ...(caller ? { caller: caller.arn } : {}) });
  }
}

async function callerOf(
  { assembly, iam, clock }: EventBridgeDeps,
  request: SignedRequest,
): Promise<Session> {
  const { region } = assembly.target;
  const scope = { iam, service: 'events', region, now: clock.now() };
  const check = await verifySignature(request, scope);
  if (!check.ok) throw signatureRefusal(check.failure);
  return check.session;
}

function entriesOf(request: SignedRequest): readonly PutEventsEntry[] {
  if (request.headers['x-amz-target'] === TARGET) return readPutEventsInput(request.body);
  throw new AwsJsonRefusal(
    'UnknownOperationException',
    `The embedded EventBridge answers PutEvents only, not ${actionOf(request)}`,
  );
}

function envelopeOf({ assembly, clock }: EventBridgeDeps, entry: AcceptedEntry): EventEnvelope {
  const { account, region } = assembly.target;
  const time = (entry.time ?? clock.now()).toISOString();
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': entry.detailType,
    source: entry.source,
    account,
    time: `${time.slice(0, 19)}Z`,
    region,
    resources: entry.resources,
    detail: entry.detail,
  };
}

function actionOf({ method, headers }: SignedRequest): string {
  return headers['x-amz-target']?.replace(/^AWSEvents\./, '') ?? method;
}

/** For faults and the record of calls; what is wrong with the body is said when it is answered. */
function firstBusOf({ body }: SignedRequest): string | undefined {
  try {
    return readPutEventsInput(body)[0]?.EventBusName;
  } catch {
    return undefined;
  }
}
