import { connect, createServer } from 'node:net';
import { listen } from '../listen.ts';

/** A SOCKS5 proxy without authentication (RFC 1928), as `ssh -D` is, that leads to the same port of this machine. */
export interface SocksProxy {
  /** Host and port. */
  readonly host: string;
  /** Names and ports that clients asked for. */
  readonly targets: readonly string[];
  stop(): Promise<void>;
}

/** Starts a proxy on a free port. */
export async function startSocksProxy(): Promise<SocksProxy> {
  const targets: string[] = [];
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (request) => {
        const length = request[4] ?? 0;
        const port = request.readUInt16BE(5 + length);
        targets.push(`${request.subarray(5, 5 + length)}:${port}`);
        const upstream = connect(port, '127.0.0.1', () => {
          client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
          upstream.pipe(client).pipe(upstream);
        });
        upstream.on('error', () => client.destroy());
        client.on('close', () => upstream.destroy());
      });
    });
  });
  const { port, stop } = await listen(server);
  return { host: `127.0.0.1:${port}`, targets, stop };
}
