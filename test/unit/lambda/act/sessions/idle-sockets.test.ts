import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idleSocketsDropped } from '../../../../../lambda/act/sessions/sts-client.ts';
import { minutes, NOW } from '../../../../support/builders.ts';

let now: Date;
let agent: Agent;
let connections: number;
let beforeCall: () => void;
let answer: (response: ServerResponse) => void;

const server = createServer((_request, response) => answer(response));
server.keepAliveTimeout = 0;
server.on('connection', () => {
  connections += 1;
});

beforeEach(async () => {
  now = NOW;
  connections = 0;
  answer = (response) => response.end('well');
  agent = new Agent({ keepAlive: true, maxSockets: 25 });
  beforeCall = idleSocketsDropped([new Agent(), agent], () => now);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  agent.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function ask(): Promise<IncomingMessage> {
  beforeCall();
  const { port } = server.address() as AddressInfo;
  const request = get({ host: '127.0.0.1', port, agent });
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('no response');
  return response;
}

/** Asks, and ends when the socket is free again. */
async function askAndFree(): Promise<void> {
  const response = await ask();
  const freed = once(agent, 'free');
  response.resume();
  await freed;
}

const pass = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000);
};

describe('a socket that is idle', () => {
  it('is used again within the pause, however often', async () => {
    for (let time = 0; time < 5; time++) {
      await askAndFree();
      pass(60);
    }
    expect(connections).toBe(1);
  });

  it('is replaced after a longer one, and the new one is used again', async () => {
    await askAndFree();
    pass(61);
    await askAndFree();
    await askAndFree();
    expect(connections).toBe(2);
  });

  it('is dropped with all others of its kind', async () => {
    await Promise.all([askAndFree(), askAndFree(), askAndFree()]);
    const sockets = Object.values(agent.freeSockets).flat();
    expect(sockets.map((socket) => socket?.destroyed)).toEqual([false, false, false]);
    now = minutes(10);
    beforeCall();
    expect(sockets.map((socket) => socket?.destroyed)).toEqual([true, true, true]);
  });
});

describe('a socket that is in use', () => {
  it('stays, and its answer arrives', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    answer = asked.resolve;
    const waiting = ask();
    const held = await asked.promise;
    now = minutes(10);
    answer = (response) => response.end('well');
    await askAndFree();
    held.end('at last');
    const body = (await (await waiting).toArray()).join('');
    expect(body).toBe('at last');
    expect(connections).toBe(2);
  });
});
