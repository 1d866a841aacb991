import { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { gzipSync } from 'node:zlib';
import type { Answer, BodyAnswer, StreamAnswer } from './answer.ts';

/** How an answer is sent. */
export interface SendOptions {
  /** Whether the client takes gzip. */
  readonly acceptsGzip: boolean;
  /** Called with the bytes of the body before they are sent. */
  readonly count: (bytes: number) => void;
  /** Ends the connection in the middle of the body. */
  readonly dropMidBody?: (() => void) | undefined;
}

/** The API server compresses no answer that is smaller, in bytes. */
const GZIP_FROM_BYTES = 128 * 1_024;

/** How often a watch says how far it is, in milliseconds. */
const BOOKMARK_INTERVAL_MILLISECONDS = 60_000;

const TYPES = { json: 'application/json', text: 'text/plain; charset=utf-8' } as const;

/** Sends an answer. A stream goes on until its time is over or the client is gone. */
export function respond(response: Http2ServerResponse, answer: Answer, options: SendOptions): void {
  if (answer.kind === 'stream') stream(response, answer, options);
  else sendBody(response, answer, options);
}

function sendBody(
  response: Http2ServerResponse,
  { kind, status, body, headers }: BodyAnswer,
  { acceptsGzip, count, dropMidBody }: SendOptions,
): void {
  const plain = Buffer.from(body);
  const isCompressed = acceptsGzip && plain.length > GZIP_FROM_BYTES;
  const bytes = isCompressed ? gzipSync(plain, { level: 1 }) : plain;
  count(plain.length);
  response.writeHead(status, {
    'cache-control': 'no-cache, private',
    'content-type': TYPES[kind],
    'content-length': bytes.length,
    ...(isCompressed && { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }),
    ...headers,
  });
  if (dropMidBody) response.write(bytes.subarray(0, bytes.length / 2), dropMidBody);
  else response.end(bytes);
}

function stream(
  response: Http2ServerResponse,
  { start, bookmark, timeoutSeconds }: StreamAnswer,
  { count, dropMidBody }: SendOptions,
): void {
  const send = (event: object | undefined) => {
    if (!event || response.writableEnded) return;
    const line = `${JSON.stringify(event)}\n`;
    count(Buffer.byteLength(line));
    response.write(line);
  };
  response.writeHead(200, {
    'cache-control': 'no-cache, private',
    'content-type': TYPES.json,
  });
  // HTTP/1.1 would keep the head until there is a body; HTTP/2 has sent it.
  if (response instanceof ServerResponse) response.flushHeaders();
  const stop = start(send, () => response.end());
  const bookmarks = setInterval(() => send(bookmark()), BOOKMARK_INTERVAL_MILLISECONDS);
  const end = setTimeout(() => {
    stop();
    send(bookmark());
    response.end();
  }, timeoutSeconds * 1_000);
  response.on('close', () => {
    stop();
    clearInterval(bookmarks);
    clearTimeout(end);
  });
  if (dropMidBody) response.write(' ', dropMidBody);
}
