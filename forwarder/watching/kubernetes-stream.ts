import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Socket } from 'node:net';
import { VERSION } from '../../contract/version.ts';
import { SilenceError } from '../errors.ts';
import type { ServiceAccount } from './service-account.ts';

/** An answer whose body is read as it comes. */
export interface StreamedAnswer {
  readonly status: number;
  /** The header of this name. */
  readonly retryAfter: string | undefined;
  /** Fails with a {@link SilenceError} when nothing comes for too long. Leaving it ends the connection. */
  readonly body: AsyncIterable<Buffer>;
  /** Reads the body to its end and throws it away. */
  discard(): void;
}

/** Sends a GET; rejects when no answer comes. */
export type OpenStream = (path: string, signal: AbortSignal) => Promise<StreamedAnswer>;

export interface KubernetesStreamDeps {
  readonly apiServer: { readonly host: string; readonly port: number };
  readonly account: ServiceAccount;
  /** How long nothing may come, neither answer nor body, before the connection is given up. */
  readonly silenceMilliseconds: number;
}

/** A connection inside a cluster takes some milliseconds. */
const CONNECT_MILLISECONDS = 5_000;

/** After this much silence the kernel asks whether the other end is still there. */
const TCP_KEEP_ALIVE_MILLISECONDS = 10_000;

/** Each of two watches has one, and another while what is left of an answer is read. */
const MOST_SOCKETS = 4;

/** Makes the way to the Kubernetes API: TLS, verified against the ServiceAccount's authority, and its token. */
export function kubernetesStream(deps: KubernetesStreamDeps): OpenStream {
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS });
  return async (path, signal) => {
    const [token, ca] = await Promise.all([
      deps.account.token(),
      deps.account.certificateAuthority(),
    ]);
    const answer = await send({ ...deps, agent, token, ca, path, signal });
    return {
      status: answer.statusCode ?? 0,
      retryAfter: answer.headers['retry-after'],
      body: answer,
      discard: () => void answer.on('error', () => {}).resume(),
    };
  };
}

interface Request extends KubernetesStreamDeps {
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
  silenceMilliseconds,
}: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({
      ...apiServer,
      path,
      agent,
      ca,
      signal,
      timeout: silenceMilliseconds,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': `kube-aws-iam-forwarder/${VERSION}`,
      },
    });
    sent.setSocketKeepAlive(true, TCP_KEEP_ALIVE_MILLISECONDS);
    sent.on('socket', (socket) => limitConnecting(socket));
    let answer: IncomingMessage | undefined;
    sent.on('timeout', () => {
      const error = new SilenceError(`nothing came for ${silenceMilliseconds / 1_000} s`);
      answer?.destroy(error);
      sent.destroy(error);
    });
    sent.on('response', (response) => {
      answer = response;
      resolve(response);
    });
    sent.on('error', reject);
    sent.end();
  });
}

function limitConnecting(socket: Socket): void {
  if (!socket.connecting) return;
  const give = () =>
    socket.destroy(new Error(`no connection within ${CONNECT_MILLISECONDS / 1_000} s`));
  const timer = setTimeout(give, CONNECT_MILLISECONDS);
  socket.once('secureConnect', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
}
