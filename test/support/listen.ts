import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A server that listens. */
export interface ListeningServer {
  readonly port: number;
  /** Stops the server, and ends its connections. */
  stop(): Promise<void>;
}

/** Lets a server, of TCP or of a protocol over it, listen on a free port of the loopback interface. */
export async function listen(
  server: Server,
  host: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<ListeningServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
