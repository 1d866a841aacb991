import { expect } from 'vitest';
import { expectAllDone, expectMet, type FaultRow, reportOf } from '../fault-row.ts';
import { type FaultyProxy, writesIn } from '../faulty-proxy.ts';

const ORDERS = 'aws-iam-app-orders';

/** Runs `act` just before the first write in the namespace arrives. */
function beforeTheWrite(
  { faults }: FaultyProxy,
  namespace: string,
  act: () => Promise<void>,
): () => void {
  const effect = { kind: 'meanwhile', when: 'before', act } as const;
  return faults.add({ match: writesIn(namespace), effect });
}

/** Concurrent changes: by other passes, users and Kubernetes. */
export const OTHERS_ROWS: readonly FaultRow[] = [
  {
    fault: 'Passes overlap',
    how: 'two refreshes, a sweep and three pod events at once, for the same Secrets',
    promise:
      'None fails, and together they do what one pass does; a Secret that a refresh renews while a sweep is about to remove it stays until the next sweep',
    inject: () => () => {},
    meanwhile: (world, { shop }) =>
      Promise.all([
        world.refresh(),
        world.refresh(),
        world.sweep(),
        ...[1, 2, 3].map(() =>
          world.podEvent({ namespace: shop, secret: 'aws-iam-app-late', pod: 'late' }),
        ),
      ]),
    check({ runs, state }) {
      expect(runs.map(({ what, result }) => [what, result.kind])).toEqual(
        runs.map(({ what }) => [what, 'success']),
      );
      expect(state).toContainEqual(expect.stringContaining('app-late'));
      // This Secret is due for renewal too. If a refresh is faster, the API server rejects the sweep's precondition.
      const isGone = !state.some((line) => line.includes('app-old'));
      const reports = runs.filter(({ what }) => what === 'sweep').map(reportOf);
      const isDeferred = reports.some(
        (report) => report?.reasons['changed-meanwhile'] !== undefined,
      );
      expect({ isGone, isDeferred }).not.toEqual({ isGone: false, isDeferred: false });
    },
  },
  {
    fault: 'Someone edits a Secret during its renewal',
    how: 'an annotation is added just before the write arrives, which is answered 409',
    promise:
      'The edit is not overwritten: the same pass reads the Secret again and does everything',
    inject: ({ proxy, people }, { shop }) =>
      proxy.faults.add({
        match: ({ method, path }) =>
          method === 'PATCH' && path.endsWith(`/${shop}/secrets/${ORDERS}`),
        effect: {
          kind: 'meanwhile',
          when: 'before',
          act: async () => {
            await people.change(`/api/v1/namespaces/${shop}/secrets/${ORDERS}`, {
              metadata: { annotations: { note: 'ours' } },
            });
          },
        },
      }),
    check(measured) {
      expectMet(measured);
      expectAllDone(measured);
      // Each pass gets one more for the name that is taken.
      expect(measured.answered(409)).toBe(3);
    },
  },
  {
    fault: 'Someone deletes a Secret during its renewal',
    how: 'the Secret is deleted just before the write arrives',
    promise: 'The write does not recreate it; the next passes find it requested and create it',
    inject: ({ proxy, people }, { bank }) =>
      beforeTheWrite(proxy, bank, () =>
        people.remove(`/api/v1/namespaces/${bank}/secrets/${ORDERS}`),
      ),
    check(measured) {
      expectMet(measured);
      expect(measured.answered(404)).toBeGreaterThanOrEqual(1);
    },
  },
  {
    fault: 'Someone removes the label of a Secret during its renewal',
    how: 'a cluster admin removes the label just before the write arrives',
    promise:
      "The chart's admission policy denies the removal to everyone; the same pass does everything",
    inject: ({ proxy, real }, { bank }) => {
      const statuses: number[] = [];
      const act = async () => {
        const { status } = await real.admin(
          'PATCH',
          `/api/v1/namespaces/${bank}/secrets/${ORDERS}`,
          { metadata: { labels: { heritage: null } } },
          'application/merge-patch+json',
        );
        statuses.push(status);
      };
      beforeTheWrite(proxy, bank, act);
      return () => expect(statuses).toEqual([403]);
    },
    check(measured) {
      expectMet(measured);
      expectAllDone(measured);
    },
  },
  {
    fault: 'A namespace is deleted while its Secrets are renewed',
    how: 'the namespace is deleted just before the first write in it arrives',
    promise: 'The passes do not fail, and do everything in other namespaces',
    inject: ({ proxy, people }, { bank }) =>
      beforeTheWrite(proxy, bank, () => people.remove(`/api/v1/namespaces/${bank}`)),
    check(measured) {
      expectMet(measured);
      expectAllDone(measured);
    },
    endState: (calm) => calm.filter((line) => !line.startsWith('bank/')),
  },
];
