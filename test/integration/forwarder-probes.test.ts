import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MovableClock } from '../../local/clock.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../local/kubernetes/embedded-cluster.ts';
import type { PodProcess } from '../../local/pod-process/pod-process.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { forwarderContainer } from '../support/chart/forwarder-manifests.ts';
import { madeChart, renderChart } from '../support/chart/helm.ts';
import { startForwarderOf } from '../support/programs/forwarder-of.ts';
import { type ProbeResult, runProbe } from '../support/programs/run-probe.ts';
import { BUSYBOX, HELM, requires } from '../support/requirements.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type EventBusStub, startEventBusStub } from '../unit/forwarder/sending/event-bus-stub.ts';

type Probe = 'livenessProbe' | 'readinessProbe';
const PROBES = { livenessProbe: 'live', readinessProbe: 'ready' } as const;
const NAMES = Object.keys(PROBES) as readonly Probe[];
const IN_2100 = 4_102_444_800;

describe('the probes of the forwarder', requires(HELM), () => {
  let container: V1Container;
  beforeAll(async () => {
    container = forwarderContainer(await renderChart());
  });

  describe.each([
    ['sh', undefined, []],
    ['busybox, as in Alpine', ['busybox', 'sh'], [BUSYBOX]],
  ] as const)('by %s', (_, shell, requirements) => {
    const folder = temporaryFolder();
    const run = (name: Probe, line?: string) => {
      const file = join(folder, PROBES[name]);
      if (line !== undefined) writeFileSync(file, line);
      return runProbe(container[name], { PATH: '/usr/bin:/bin', HEALTH_FOLDER: folder }, shell);
    };

    it.each(NAMES)(
      'the %s succeeds until the time in its file',
      requires(...requirements),
      async (name) => {
        expect(await run(name, `${IN_2100}\n`)).toEqual({ code: 0, output: '' });
      },
    );

    it.each([
      ['a time in the past', '1700000000\n', 'the process hangs'],
      ['a problem', '0 the watch is stuck\n', 'the watch is stuck'],
      ['nothing', '', 'the process hangs'],
      ['something else', '-n ; $(exit 0)\n', '$(exit 0)'],
    ])('fails if the file contains %s', requires(...requirements), async (_, line, output) => {
      for (const name of NAMES) {
        expect(await run(name, line)).toEqual({ code: 1, output: expect.stringContaining(output) });
      }
    });

    it('fails if there is no file', requires(...requirements), async () => {
      const env = { PATH: '/usr/bin:/bin', HEALTH_FOLDER: join(folder, 'absent') };
      for (const name of NAMES) {
        expect((await runProbe(container[name], env, shell)).code).toBe(1);
      }
    });
  });

  describe('of a process', () => {
    const clock = new MovableClock();
    let cluster: EmbeddedCluster;
    let bus: EventBusStub;
    let forwarder: PodProcess;
    let folder: string;

    beforeAll(async () => {
      cluster = await startEmbeddedCluster({ clock });
      bus = await startEventBusStub();
      folder = temporaryFolder();
      forwarder = await startForwarderOf({ chart: madeChart(), cluster, bus, clock, folder });
    });
    afterAll(async () => {
      await forwarder?.stop();
      await bus?.stop();
      await cluster?.stop();
    });

    /** Runs a probe at the time of the test's clock. */
    const probe = (name: Probe): Promise<ProbeResult> => {
      const date = join(folder, 'bin', 'date');
      writeFileSync(date, `#!/bin/sh\necho ${Math.floor(clock.now().getTime() / 1_000)}\n`);
      chmodSync(date, 0o755);
      const PATH = `${join(folder, 'bin')}:/usr/bin:/bin`;
      return runProbe(container[name], { PATH, HEALTH_FOLDER: forwarder.healthFolder });
    };
    const succeeds = (name: Probe) =>
      waitUntil(`the ${name} to succeed`, async () => (await probe(name)).code === 0 || undefined);
    const written = () => readFileSync(join(forwarder.healthFolder, 'live'), 'utf8');
    const writtenAgain = async () => {
      const before = written();
      await waitUntil('the files to be written', () => written() !== before || undefined);
    };

    it('succeed while it watches', async () => {
      for (const name of NAMES) await succeeds(name);
    });

    it('fail while it hangs, and succeed again', async () => {
      process.kill(forwarder.pid, 'SIGSTOP');
      onTestFinished(() => void process.kill(forwarder.pid, 'SIGCONT'));
      clock.advance(21);
      for (const name of NAMES) {
        expect(await probe(name)).toEqual({ code: 1, output: expect.stringContaining('hangs') });
      }
      process.kill(forwarder.pid, 'SIGCONT');
      for (const name of NAMES) await succeeds(name);
    });

    it('succeed while clients use up the connections of its port', async () => {
      const { port } = new URL(forwarder.url);
      const sockets = new Set<Socket>();
      let isOver = false;
      onTestFinished(() => {
        isOver = true;
        for (const socket of sockets) socket.destroy();
      });
      const open = () => {
        const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        return socket;
      };
      const half = Array.from({ length: 100 }, () => {
        const socket = open();
        socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n');
        return socket;
      });
      await Promise.all(half.map((socket) => once(socket, 'connect')));
      let floods = 0;
      const flood = async () => {
        while (!isOver) {
          const socket = open();
          await once(socket, 'connect').catch(() => {});
          socket.destroy();
          floods += 1;
        }
      };
      for (let client = 0; client < 20; client += 1) void flood();
      await writtenAgain();
      for (const name of NAMES) expect((await probe(name)).code).toBe(0);
      expect(floods).toBeGreaterThan(100);
    });
  });
});
