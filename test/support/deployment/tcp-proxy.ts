import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../listen.ts';

/** A TCP proxy whose connections can be cut without the client or the server noticing. */
export interface TcpProxy {
  readonly port: number;
  /** Silently drops all data of the current connections. New connections work. */
  silence(): void;
  stop(): Promise<void>;
}

/** Starts a proxy to a local port. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream);
    upstream.pipe(client);
    for (const socket of pair) socket.on('error', () => undefined);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  return {
    ...(await listen(server)),
    silence() {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream);
        upstream.unpipe(client);
        // Continues to read, so that the sender's buffer does not fill up.
        client.resume();
        upstream.resume();
      }
    },
  };
}
