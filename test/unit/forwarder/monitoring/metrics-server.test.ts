import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createForwarderMetrics } from '../../../../forwarder/monitoring/metrics.ts';
import {
  type MetricsServer,
  startMetricsServer,
} from '../../../../forwarder/monitoring/metrics-server.ts';

describe('startMetricsServer', () => {
  let server: MetricsServer;
  let waiting: number;
  const metrics = createForwarderMetrics({
    waiting: () => waiting,
    residentBytes: () => 50_000_000,
    cpuSeconds: () => 1.5,
  });
  beforeEach(async () => {
    waiting = 3;
    server = await startMetricsServer(metrics, 0);
  });
  afterEach(() => server.close());
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    const { status, headers } = response;
    return { status, type: headers.get('content-type'), text: await response.text() };
  };

  it('serves the metrics', async () => {
    const pods = metrics.ofWatch({ resource: 'pods' });
    const roles = metrics.ofWatch({ resource: 'awsiamroles' });
    pods.requestsSeen(2);
    pods.requestsSeen(0);
    roles.requestsSeen(1);
    metrics.requestSent(0.02);
    metrics.requestDropped('repeated');
    metrics.putEventsEnded('accepted');
    pods.watchEnded('expired');
    roles.watchEnded('absent');
    pods.relisted();
    pods.unreadableLine();
    const { text, type, status } = await get('/metrics');
    expect({ status, type }).toEqual({ status: 200, type: metrics.contentType });
    for (const line of [
      'wants_seen_total{resource="pods"} 2',
      'wants_seen_total{resource="awsiamroles"} 1',
      'wants_sent_total 1',
      'wants_dropped_total{reason="repeated"} 1',
      'put_events_requests_total{result="accepted"} 1',
      'watch_restarts_total{resource="pods",reason="expired"} 1',
      'watch_restarts_total{resource="awsiamroles",reason="absent"} 1',
      'lists_total{resource="pods"} 1',
      'unreadable_lines_total{resource="pods"} 1',
      'waiting 3',
      'sight_to_accepted_seconds_bucket{le="0.01"} 0',
      'sight_to_accepted_seconds_bucket{le="0.025"} 1',
      'sight_to_accepted_seconds_bucket{le="10"} 1',
    ]) {
      expect(text).toContain(`kube_aws_iam_forwarder_${line}\n`);
    }
    expect(text).toContain('\nprocess_resident_memory_bytes 50000000\n');
    expect(text).toContain('\nprocess_cpu_seconds_total 1.5\n');
    waiting = 0;
    const again = await get('/metrics');
    expect(again.text).toContain('kube_aws_iam_forwarder_waiting 0\n');
    expect(again.text).toContain('\nprocess_cpu_seconds_total 1.5\n');
  });

  it('serves nothing else', async () => {
    expect(await get('/')).toMatchObject({ status: 404 });
    expect(await get('/metrics/x')).toMatchObject({ status: 404 });
    expect(await get('/livez')).toMatchObject({
      status: 404,
      text: expect.stringContaining('/metrics'),
    });
  });

  it('serves the metrics although a client keeps as many connections open as it can', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(server.port, '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        // A request that never ends.
        socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n');
        return socket;
      }),
    );
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let i = 0; i < 3; i += 1) expect(await get('/metrics')).toMatchObject({ status: 200 });
    const [oldest, newest] = [sockets.at(0), sockets.at(-1)];
    if (oldest && !oldest.closed) await once(oldest, 'close');
    expect(newest?.closed).toBe(false);
  });

  it('listens on loopback only when it chooses the port itself', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      const socket = connect(server.port, address);
      await expect(once(socket, 'connect'), address).rejects.toThrow('ECONNREFUSED');
    }
  });

  it('rejects when the port is in use', async () => {
    await expect(startMetricsServer(metrics, server.port)).rejects.toThrow('EADDRINUSE');
  });
});
