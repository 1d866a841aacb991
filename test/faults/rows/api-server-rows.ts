import { expect } from 'vitest';
import { expectAllDone, expectMet, type FaultRow, hadFailures } from '../fault-row.ts';
import { listsOf, writesIn } from '../faulty-proxy.ts';

/** The API server itself goes, or what it remembers. */
export const API_SERVER_ROWS: readonly FaultRow[] = [
  {
    fault: 'The API server dies in the middle of a list',
    how: 'kill -9 between two pages of the Secrets, then started again at the same port and etcd',
    promise: 'The run fails and says so; nothing is removed on half a list; the next runs mend all',
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
    check(measured) {
      expectMet(measured, 2);
      expect(measured.runs.map(hadFailures)).toEqual([true, true]);
      expect(measured.state).toContainEqual(expect.stringContaining('aws-iam-app-old'));
    },
  },
  {
    fault: 'The API server dies in the middle of a write',
    how: 'kill -9 as it has been sent the first write of a run, then started again',
    promise: 'Whether it was carried out or not, the next runs find out and mend all',
    inject({ proxy, real }, { shop }) {
      proxy.faults.add({
        match: writesIn(shop),
        effect: { kind: 'abandon', act: real.killApiServer },
      });
      return real.restartApiServer;
    },
    check(measured) {
      expectMet(measured);
      expect(measured.runs.map(hadFailures)).toEqual([true, true]);
    },
  },
  {
    fault: 'What a list goes on from is forgotten',
    how: 'etcd compacted between two pages, so that the API server answers 410',
    promise: 'The list is made anew in the same run, and all is done',
    inject({ proxy, real, people }, { shop }) {
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
            // The newest revision is never forgotten, so the list's must not be the newest.
            const secrets = `/api/v1/namespaces/${shop}/secrets`;
            await people.create(secrets, { metadata: { name: 'passing' } });
            await people.remove(`${secrets}/passing`);
            await real.compactHistory();
          },
        },
        skip: 1,
      });
      return () => {};
    },
    check(measured) {
      expect(measured.answered(410)).toBeGreaterThanOrEqual(1);
      expectAllDone(measured);
    },
  },
];
