import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { IssuedCertificate } from '../../../../local/kubernetes/certificates.ts';
import { listen } from '../../../support/listen.ts';

/** A request that the server received. */
interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HttpsServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Number of connections so far. */
  connections(): number;
  stop(): Promise<void>;
}

/** Answers the n-th request (the first is 1). */
export type RequestHandler = (
  response: ServerResponse,
  count: number,
  request: ReceivedRequest,
) => void;

/** Starts a server on loopback with a certificate and a test's request handler. */
export async function startHttpsServer(
  { certificatePem, keyPem }: IssuedCertificate,
  answer: RequestHandler,
  host: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<HttpsServer> {
  const requests: ReceivedRequest[] = [];
  let connections = 0;
  const server = createServer({ cert: certificatePem, key: keyPem }, (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const { method = '', url: path = '', headers } = message;
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      answer(response, requests.length, request);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  const { port, stop } = await listen(server, host);
  return {
    url: `https://${host === '::1' ? '[::1]' : host}:${port}`,
    requests,
    connections: () => connections,
    stop,
  };
}

/** Responds with a status and JSON. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
