import { createServer } from 'node:http';
import type { CredentialRequest } from '../../../../contract/pod-event.ts';
import { listen } from '../../../support/listen.ts';

/** An entry of a PutEvents request. */
interface PutEntry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** A stand-in for EventBridge on loopback that accepts all requests but those of {@link EventBusStub.refuse}. */
export interface EventBusStub {
  /** For `AWS_ENDPOINT_URL_EVENTBRIDGE`. */
  readonly url: string;
  /** The entries of each accepted request. */
  readonly requests: readonly (readonly PutEntry[])[];
  /** The credential requests of all accepted requests. */
  readonly credentialRequests: readonly CredentialRequest[];
  /** Refuses the next requests, one with each response. */
  refuse(...responses: readonly { readonly status: number; readonly body: object }[]): void;
  stop(): Promise<void>;
}

/** Starts a stub on a free port. */
export async function startEventBusStub(): Promise<EventBusStub> {
  const requests: PutEntry[][] = [];
  const refusals: { status: number; body: object }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString());
    const refusal = refusals.shift();
    if (refusal === undefined) requests.push(Entries);
    const { status, body } = refusal ?? {
      status: 200,
      body: { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'event' })) },
    };
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  });
  const { port, stop } = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get credentialRequests() {
      return requests.flat().flatMap(({ Detail }) => JSON.parse(Detail).wanted);
    },
    refuse(...responses) {
      refusals.push(...responses);
    },
    stop,
  };
}
