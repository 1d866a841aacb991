import { randomUUID } from 'node:crypto';
import type { Assembly } from '../../assembly/assembly.ts';
import { createFaultPlan, type Faults } from '../../fault-plan.ts';
import { jsonErrorResponse, jsonResponse } from '../http/aws-json.ts';
import { type AwsResponse, type AwsServer, startAwsServer } from '../http/aws-server.ts';
import type { CallFault } from '../http/call-faults.ts';
import { ServiceError } from '../http/service-error.ts';
import type { SignedRequest } from '../http/signature-claim.ts';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';
import { authorizePutEvents } from './authorize-put-events.ts';
import {
  createEventDelivery,
  type EventDeliveryDeps,
  type EventEnvelope,
  type FailedDelivery,
} from './event-delivery.ts';
import { createEventRouter, type EventRouter } from './event-router.ts';
import {
  type AcceptedEntry,
  type EntryFailure,
  type RetryableEntryFault,
  readPutEventsEntry,
  retryableFailure,
} from './put-events-entry.ts';
import { type PutEventsEntry, readPutEventsRequest } from './put-events-request.ts';

/** An event that EventBridge accepted. */
interface AcceptedEvent {
  /** When it was accepted, in embedded time. */
  readonly at: Date;
  /** The bus that it was sent to, which may not exist. */
  readonly busArn: string;
  readonly event: EventEnvelope;
  /** The rules that it matched and is delivered for. */
  readonly matchedRuleArns: readonly string[];
}

/** The embedded EventBridge. */
export interface EmbeddedEventBridge extends AwsServer {
  /** Every accepted event, oldest first. */
  readonly events: readonly AcceptedEvent[];
  readonly failedDeliveries: readonly FailedDelivery[];
  /** Faults of single entries; `faults` affect whole requests. Of several that match an entry, the first applies. */
  readonly entryFaults: Faults<RetryableEntryFault, PutEventsEntry>;
  /** Delay between accepting and delivering an event, in milliseconds of real time. Can be changed at any time; initially 0. */
  deliveryDelayMs: number;
  /** Waits until no event is in flight and no asynchronous invocation is running. @throws what failed unexpectedly */
  settled(): Promise<void>;
  /** Stops the server and drops events in flight. @throws what failed unexpectedly and was not reported */
  stop(): Promise<void>;
}

/** Dependencies of the embedded EventBridge. */
interface EventBridgeDeps extends Omit<EventDeliveryDeps, 'iam' | 'account'> {
  readonly assembly: Assembly;
  readonly iam: Iam;
}

/** The error of an EventBridge whose quota is exceeded. */
export const EVENTBRIDGE_THROTTLING: CallFault = {
  kind: 'error',
  status: 400,
  code: 'ThrottlingException',
  message: 'Rate exceeded',
};

const TARGET = 'AWSEvents.PutEvents';

/**
 * Starts an EventBridge on a loopback address with the buses and rules of the assembly. It supports PutEvents, checks the
 * caller's policies and the bus's policy, and delivers matching events to functions.
 *
 * @throws AssemblyError for a rule that cannot be deployed
 */
export async function startEventBridge(deps: EventBridgeDeps): Promise<EmbeddedEventBridge> {
  const { assembly, clock } = deps;
  const { account, region } = assembly.target;
  const router = createEventRouter(assembly);
  const delivery = createEventDelivery({ ...deps, account });
  const entryFaults = createFaultPlan<RetryableEntryFault, PutEventsEntry>(() => true);
  const events: AcceptedEvent[] = [];

  function put(entry: PutEventsEntry): EntryResult {
    const accepted = readPutEventsEntry(entry);
    if ('ErrorCode' in accepted) return accepted;
    const [fault] = entryFaults.take(entry);
    if (fault) return retryableFailure(fault);
    const event = envelopeOf(deps, accepted);
    const busArn = router.busArn(accepted.eventBusName);
    const rules = router.rulesFor(busArn, event);
    events.push({ at: clock.now(), busArn, event, matchedRuleArns: rules.map(({ arn }) => arn) });
    for (const rule of rules) delivery.send(event, rule, eventBridge.deliveryDelayMs);
    return { EventId: event.id };
  }

  const server = await startAwsServer(deps, {
    protocol: 'aws-json',
    target: (request) => ({ action: actionOf(request), resource: firstBusOf(request) }),
    signingScope: () => ({ service: 'events', region }),
    handle: async (request, caller) => putEvents(deps, router, put, request, caller),
    errorResponse: (_request, error) => jsonErrorResponse(error),
  });
  const eventBridge: EmbeddedEventBridge = {
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
  return eventBridge;
}

type EntryResult = EntryFailure | { readonly EventId: string };

function putEvents(
  deps: EventBridgeDeps,
  router: EventRouter,
  put: (entry: PutEventsEntry) => EntryResult,
  request: SignedRequest,
  caller: Session,
): AwsResponse {
  const entries = entriesOf(request);
  // EventBridge denies a request as a whole, so all entries are authorized before the first is accepted.
  const byBus = Map.groupBy(entries, ({ EventBusName }) =>
    router.busArn(EventBusName ?? 'default'),
  );
  for (const [busArn, ofBus] of byBus) authorizePutEvents(deps.iam, caller, busArn, ofBus);
  const results = entries.map(put);
  const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
  return jsonResponse({ FailedEntryCount, Entries: results });
}

function entriesOf(request: SignedRequest): readonly PutEventsEntry[] {
  if (request.headers['x-amz-target'] === TARGET) return readPutEventsRequest(request.body);
  throw new ServiceError(
    400,
    'UnknownOperationException',
    `The embedded EventBridge does not support ${actionOf(request)}, only PutEvents`,
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

/** For faults and the recorded calls. A malformed body is reported when the request is handled. */
function firstBusOf({ body }: SignedRequest): string | undefined {
  try {
    return readPutEventsRequest(body)[0]?.EventBusName;
  } catch {
    return undefined;
  }
}
