import { expect } from 'vitest';
import { expectAllDone, expectInjected, type FaultRow, hadFailures } from '../fault-row.ts';
import { listsOf, writesIn } from '../faulty-proxy.ts';

/** The API server dies, or loses its history. */
export const API_SERVER_ROWS: readonly FaultRow[] = [
  {
    name: 'The API server dies during a list',
    injection: 'kill -9 between two pages of Secrets, then a restart on the same port and etcd',
    guarantee:
      'The pass fails and reports the error; nothing is removed on the basis of an incomplete list; the next passes do the rest',
    inject({ proxy, real }) {
      proxy.faults.add({
        match: listsOf('secrets'),
        effect: { kind: 'small-pages', limit: 1 },
        times: Number.POSITIVE_INFINITY,
      });
      proxy.faults.add({
        match: listsOf('secrets'),
        effect: { kind: 'meanwhile', when: 'before', act: real.killApiServer },
        skip: 1,
      });
      return real.restartApiServer;
    },
    check(measurement) {
      expectInjected(measurement, 2);
      expect(measurement.invocations.map(hadFailures)).toEqual([true, true]);
      expect(measurement.state).toContainEqual(expect.stringContaining('aws-iam-app-old'));
    },
  },
  {
    name: 'The API server dies during a write',
    injection: 'kill -9 when the first write of a pass is sent, then a restart',
    guarantee: 'The next passes find out whether the write took effect, and do the rest',
    inject({ proxy, real }, { shop }) {
      proxy.faults.add({
        match: writesIn(shop),
        effect: { kind: 'abandon', act: real.killApiServer },
      });
      return real.restartApiServer;
    },
    check(measurement) {
      expectInjected(measurement);
      expect(measurement.invocations.map(hadFailures)).toEqual([true, true]);
    },
  },
  {
    name: 'A continue token expires',
    injection: 'etcd is compacted between two pages, so that the API server answers 410',
    guarantee: 'The same pass restarts the list and does everything',
    inject({ proxy, real, users }, { shop }) {
      for (const resource of ['secrets', 'pods']) {
        proxy.faults.add({
          match: listsOf(resource),
          effect: { kind: 'small-pages', limit: 1 },
          times: 3,
        });
      }
      proxy.faults.add({
        match: listsOf('secrets'),
        effect: {
          kind: 'meanwhile',
          when: 'before',
          act: async () => {
            // etcd never compacts the newest revision, so the list must have an older one.
            const secrets = `/api/v1/namespaces/${shop}/secrets`;
            await users.create(secrets, { metadata: { name: 'temporary' } });
            await users.remove(`${secrets}/temporary`);
            await real.compactHistory();
          },
        },
        skip: 1,
      });
      return () => {};
    },
    check(measurement) {
      expect(measurement.responses(410)).toBeGreaterThanOrEqual(1);
      expectAllDone(measurement);
    },
  },
];
