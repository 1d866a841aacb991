import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listen } from '../listen.ts';

/** An HTTP proxy that tunnels (CONNECT), and records where to. */
export interface ConnectProxy {
  /** Host and port. */
  readonly host: string;
  readonly tunnels: readonly Tunnel[];
  clear(): void;
  stop(): Promise<void>;
}

interface Tunnel {
  /** Host and port that the client asked for. */
  readonly target: string;
  readonly authorization: string | undefined;
}

/** Where a tunnel leads: a local port, or an HTTP status with which the proxy refuses it. */
type Route = (target: URL, headers: IncomingHttpHeaders) => { port: number } | { refuse: number };

/** Tunnels to the same port of this machine, whatever the host is. */
const toSamePort: Route = ({ port }) => ({ port: Number(port) });

/** Starts a proxy on a free port. */
export async function startConnectProxy(route: Route = toSamePort): Promise<ConnectProxy> {
  const tunnels: Tunnel[] = [];
  const server = createServer().on('connect', ({ url = '', headers }, client: Socket) => {
    tunnels.push({ target: url, authorization: headers['proxy-authorization'] });
    const way = route(new URL(`tcp://${url}`), headers);
    client.on('error', () => client.destroy());
    if ('refuse' in way) {
      client.end(`HTTP/1.1 ${way.refuse} Refused\r\ncontent-length: 7\r\n\r\nrefused`);
      return;
    }
    const upstream = connect(way.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const end of [upstream, client]) end.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
  });
  const { port, stop } = await listen(server);
  return { host: `127.0.0.1:${port}`, tunnels, clear: () => tunnels.splice(0), stop };
}
