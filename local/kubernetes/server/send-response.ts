import { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { gzipSync } from 'node:zlib';
import type { BodyResponse, HttpResponse, StreamResponse } from '../requests/http-response.ts';

/** Options for sending a response. */
interface SendOptions {
  /** Whether the client accepts gzip. */
  readonly acceptsGzip: boolean;
  /** Called with the number of body bytes before they are sent. */
  readonly count: (bytes: number) => void;
  /** Drops the connection in the middle of the body. */
  readonly dropMidBody?: (() => void) | undefined;
}

/** Minimum size of a compressed response, as in the API server. */
const MIN_GZIP_BYTES = 128 * 1_024;

const BOOKMARK_INTERVAL_MS = 60_000;

const TYPES = { json: 'application/json', text: 'text/plain; charset=utf-8' } as const;

/** Sends a response. A stream ends at its timeout or when the client disconnects. */
export function sendResponse(
  target: Http2ServerResponse,
  response: HttpResponse,
  options: SendOptions,
): void {
  if (response.kind === 'stream') sendStream(target, response, options);
  else sendBody(target, response, options);
}

function sendBody(
  target: Http2ServerResponse,
  { kind, status, body, headers }: BodyResponse,
  { acceptsGzip, count, dropMidBody }: SendOptions,
): void {
  const plain = Buffer.from(body);
  const isCompressed = acceptsGzip && plain.length > MIN_GZIP_BYTES;
  const bytes = isCompressed ? gzipSync(plain, { level: 1 }) : plain;
  count(plain.length);
  target.writeHead(status, {
    'cache-control': 'no-cache, private',
    'content-type': TYPES[kind],
    'content-length': bytes.length,
    ...(isCompressed && { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }),
    ...headers,
  });
  if (dropMidBody) target.write(bytes.subarray(0, bytes.length / 2), dropMidBody);
  else target.end(bytes);
}

function sendStream(
  target: Http2ServerResponse,
  { start, bookmark, timeoutSeconds }: StreamResponse,
  { count, dropMidBody }: SendOptions,
): void {
  const send = (event: object | undefined) => {
    if (!event || target.writableEnded) return;
    const line = `${JSON.stringify(event)}\n`;
    count(Buffer.byteLength(line));
    target.write(line);
  };
  target.writeHead(200, {
    'cache-control': 'no-cache, private',
    'content-type': TYPES.json,
  });
  // HTTP/1.1 buffers headers until the first body chunk; HTTP/2 has already sent them.
  if (target instanceof ServerResponse) target.flushHeaders();
  const stop = start(send, () => target.end());
  const bookmarks = setInterval(() => send(bookmark()), BOOKMARK_INTERVAL_MS);
  const end = setTimeout(() => {
    stop();
    send(bookmark());
    target.end();
  }, timeoutSeconds * 1_000);
  target.on('close', () => {
    stop();
    clearInterval(bookmarks);
    clearTimeout(end);
  });
  if (dropMidBody) target.write(' ', dropMidBody);
}
