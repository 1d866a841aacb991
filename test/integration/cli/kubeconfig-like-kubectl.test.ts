import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { delimiter, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectKubeconfig } from '../../../bin/kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../../../bin/kubeconfig/load-kubeconfig.ts';
import {
  issueClientCertificate,
  issueServerCertificate,
} from '../../../local/kubernetes/certificates.ts';
import { layerBinary } from '../../../tools/helm/layer-binary.ts';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';
import {
  type KubeconfigCase,
  type RecordingServer,
  writeNeighbours,
} from '../../support/kubeconfig-cases/case.ts';
import { KUBECONFIG_CASES } from '../../support/kubeconfig-cases/cases.ts';
import { type ListeningServer, listen } from '../../support/listen.ts';
import { HELM, requires } from '../../support/requirements.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A server that accepts every request, and records who sent it. */
let server: ListeningServer;
let identity: RecordingServer;
let sent: object | undefined;

beforeAll(async () => {
  const own = await issueServerCertificate();
  const client = await issueClientCertificate('jane', 'dev');
  const recording = createServer(
    { cert: own.certificatePem, key: own.keyPem, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const certificate = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
      const path = request.url === '/version' ? {} : { path: request.url };
      sent = { ...headersOf(request.rawHeaders), ...(certificate ? { certificate } : {}), ...path };
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    },
  );
  server = await listen(recording);
  const url = `https://127.0.0.1:${server.port}`;
  identity = { ...client, caPem: own.caPem, url };
});
afterAll(() => server.stop());
beforeEach(() => {
  sent = undefined;
  vi.stubEnv('HOME', temporaryFolder());
});

/** Returns the headers that identify the caller; those that occur more than once as lists. */
function headersOf(raw: readonly string[]): Record<string, unknown> {
  const all = new Map<string, string[]>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    const value = Buffer.from(raw[index + 1] ?? '', 'latin1').toString('utf8');
    if (/^(?:authorization|impersonate-.*)$/.test(name)) {
      all.set(name, [...(all.get(name) ?? []), value]);
    }
  }
  return Object.fromEntries(
    [...all].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

/** Writes the files of a case. Returns the value of `KUBECONFIG`. */
function prepare(one: KubeconfigCase): string {
  const { user, cluster = {}, context, others = {}, before = [], after = [] } = one;
  const folder = join(temporaryFolder(), 'kubeconfigs');
  mkdirSync(folder);
  writeNeighbours(folder, identity);
  const { edit = (text: string) => text } = one;
  const authority = Buffer.from(identity.caPem).toString('base64');
  const own = { server: identity.url, 'certificate-authority-data': authority, ...cluster };
  const text = JSON.stringify({
    'current-context': 'test',
    clusters: [...(others['clusters'] ?? []), { name: 'test', cluster: own }],
    contexts: [
      ...(others['contexts'] ?? []),
      { name: 'test', context: context ?? { cluster: 'test', user: 'someone' } },
    ],
    users: [...(others['users'] ?? []), { name: 'someone', user }],
  });
  const main = join(folder, 'config');
  writeFileSync(main, edit(text));
  const fileOf = (contents: string, index: number) => {
    if (contents.startsWith('/')) return contents;
    const file = join(folder, `config-${index}`);
    writeFileSync(file, contents);
    return file;
  };
  const first = before.map(fileOf);
  return [...first, main, ...after.map((one, index) => fileOf(one, index + 10))].join(delimiter);
}

describe('a kubeconfig is read as kubectl reads it', () => {
  it.each(KUBECONFIG_CASES)('$title', async (one) => {
    vi.stubEnv('KUBECONFIG', prepare(one));
    const sending = send();
    if (one.error !== undefined) {
      await expect(sending).rejects.toThrow(one.error);
      await expect(sending).rejects.not.toThrow(/SECRET/);
    } else {
      await sending;
    }
    expect(sent).toEqual(one.error === undefined ? one.sends : undefined);
  });

  async function send(): Promise<void> {
    const connection = await connectKubeconfig(loadKubeconfig({}, '/nowhere'));
    const signal = AbortSignal.timeout(60_000);
    try {
      await connection.send({ method: 'GET', path: '/version', signal });
    } finally {
      await connection.close();
    }
  }
});

describe('kubectl', requires(HELM), () => {
  it.each(KUBECONFIG_CASES)('agrees about $title', async (one) => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], KUBECONFIG: prepare(one) };
    const words = ['get', '--raw', '/version'];
    const running = runToEnd(await layerBinary('kubectl'), words, { env, cwd: '/' });
    if (one.sends === undefined) await expect(running).rejects.toThrow();
    else await running;
    const { path: _, ...expected } = one.sends ?? {};
    expect(sent).toEqual(one.sends === undefined ? undefined : expect.objectContaining(expected));
  });
});
