import { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { gzipSync } from 'node:zlib';
import type { Answer, BodyAnswer, StreamAnswer } from '../requests/answer.ts';

/** Options for sending an answer. */
interface SendOptions {
  /** Whether the client accepts gzip. */
  readonly acceptsGzip: boolean;
  /** Called with the number of body bytes before they are sent. */
  readonly count: (bytes: number) => void;
  /** Drops the connection in the middle of the body. */
  readonly dropMidBody?: (() => void) | undefined;
}

/** Minimum size of a compressed answer, as in the API server. */
const MIN_GZIP_BYTES = 128 * 1_024;

const BOOKMARK_INTERVAL_MS = 60_000;

const TYPES = { json: 'application/json', text: 'text/plain; charset=utf-8' } as const;

/** Sends an answer. A stream ends at its timeout or when the client disconnects. */
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
  const isCompressed = acceptsGzip && plain.length > MIN_GZIP_BYTES;
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
  // HTTP/1.1 buffers headers until the first body chunk; HTTP/2 has already sent them.
  if (response instanceof ServerResponse) response.flushHeaders();
  const stop = start(send, () => response.end());
  const bookmarks = setInterval(() => send(bookmark()), BOOKMARK_INTERVAL_MS);
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
