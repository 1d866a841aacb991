import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Socket } from 'node:net';
import { VERSION } from '../../contract/version.ts';
import {
  authoritySets,
  tryAuthorities,
} from '../../kubernetes/connection/certificate-authorities.ts';
import { SilenceError } from '../errors.ts';
import type { ServiceAccount } from './service-account.ts';

/** A response whose body is read while it arrives. */
export interface StreamedResponse {
  readonly status: number;
  /** The `Retry-After` header. */
  readonly retryAfter: string | undefined;
  /** Fails with a {@link SilenceError} when nothing arrives for too long. Leaving the loop closes the connection. */
  readonly body: AsyncIterable<Buffer>;
  /** Reads the body to its end and ignores it. */
  discard(): void;
}

/** Sends a GET request; rejects when there is no response. */
export type OpenStream = (path: string, signal: AbortSignal) => Promise<StreamedResponse>;

interface KubernetesStreamDeps {
  readonly apiServer: { readonly host: string; readonly port: number };
  readonly account: ServiceAccount;
  /** A connection that receives nothing for so long, neither a response nor a part of its body, is closed. */
  readonly silenceTimeoutMs: number;
}

/** A connection inside a cluster takes some milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** When a connection is silent for so long, the kernel probes whether the other end is alive. */
const TCP_KEEP_ALIVE_MS = 10_000;

/** One for each of two watches, and one more each while the rest of a response is discarded. */
const MAX_SOCKETS = 4;

/** Connects to the Kubernetes API with the ServiceAccount's token, and verifies TLS with its authority. */
export function kubernetesStream(deps: KubernetesStreamDeps): OpenStream {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  return async (path, signal) => {
    const [token, ca] = await Promise.all([
      deps.account.token(),
      deps.account.certificateAuthority(),
    ]);
    const response = await tryAuthorities(authoritySets(ca), (authorities) =>
      send({ ...deps, agent, token, ca: authorities, path, signal }),
    );
    return {
      status: response.statusCode ?? 0,
      retryAfter: response.headers['retry-after'],
      body: response,
      discard: () => void response.on('error', () => {}).resume(),
    };
  };
}

interface StreamRequest extends KubernetesStreamDeps {
  readonly agent: Agent;
  readonly token: string;
  readonly ca: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

function send({
  apiServer,
  agent,
  token,
  ca,
  path,
  signal,
  silenceTimeoutMs,
}: StreamRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({
      ...apiServer,
      path,
      agent,
      ca,
      signal,
      timeout: silenceTimeoutMs,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': `kube-aws-iam-forwarder/${VERSION}`,
      },
    });
    sent.setSocketKeepAlive(true, TCP_KEEP_ALIVE_MS);
    sent.on('socket', (socket) => limitConnectTime(socket));
    let response: IncomingMessage | undefined;
    sent.on('timeout', () => {
      const error = new SilenceError(`no data received for ${silenceTimeoutMs / 1_000} s`);
      response?.destroy(error);
      sent.destroy(error);
    });
    sent.on('response', (received) => {
      response = received;
      resolve(received);
    });
    sent.on('error', reject);
    sent.end();
  });
}

function limitConnectTime(socket: Socket): void {
  if (!socket.connecting) return;
  const fail = () =>
    socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1_000} s`));
  const timer = setTimeout(fail, CONNECT_TIMEOUT_MS);
  socket.once('secureConnect', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
}
