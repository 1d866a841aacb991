import { expect } from 'vitest';
import { expectAllDone, expectInjected, type FaultRow, reportOf } from '../fault-row.ts';
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
export const CONCURRENCY_ROWS: readonly FaultRow[] = [
  {
    name: 'Passes overlap',
    injection: 'two refreshes, a sweep and three pod events at once, for the same Secrets',
    guarantee:
      'None fails, and together they do what one pass does; a Secret that a refresh renews while a sweep is about to remove it stays until the next sweep',
    inject: () => () => {},
    invoke: (env, { shop }) =>
      Promise.all([
        env.refresh(),
        env.refresh(),
        env.sweep(),
        ...[1, 2, 3].map(() =>
          env.podEvent({ namespace: shop, secret: 'aws-iam-app-late', pod: 'late' }),
        ),
      ]),
    check({ invocations, state }) {
      expect(invocations.map(({ kind, result }) => [kind, result.kind])).toEqual(
        invocations.map(({ kind }) => [kind, 'success']),
      );
      expect(state).toContainEqual(expect.stringContaining('app-late'));
      // This Secret is due for renewal too. If a refresh is faster, the API server rejects the sweep's precondition.
      const isGone = !state.some((line) => line.includes('app-old'));
      const reports = invocations.filter(({ kind }) => kind === 'sweep').map(reportOf);
      const isDeferred = reports.some(
        (report) => report?.reasons['changed-meanwhile'] !== undefined,
      );
      expect({ isGone, isDeferred }).not.toEqual({ isGone: false, isDeferred: false });
    },
  },
  {
    name: 'Someone edits a Secret during its renewal',
    injection: 'an annotation is added just before the write arrives, which is answered 409',
    guarantee:
      'The edit is not overwritten: the same pass reads the Secret again and does everything',
    inject: ({ proxy, users }, { shop }) =>
      proxy.faults.add({
        match: ({ method, path }) =>
          method === 'PATCH' && path.endsWith(`/${shop}/secrets/${ORDERS}`),
        effect: {
          kind: 'meanwhile',
          when: 'before',
          act: async () => {
            await users.patch(`/api/v1/namespaces/${shop}/secrets/${ORDERS}`, {
              metadata: { annotations: { note: 'ours' } },
            });
          },
        },
      }),
    check(measurement) {
      expectInjected(measurement);
      expectAllDone(measurement);
      // No pass tries to create the Secret whose name is taken.
      expect(measurement.responses(409)).toBe(1);
    },
  },
  {
    name: 'Someone deletes a Secret during its renewal',
    injection: 'the Secret is deleted just before the write arrives',
    guarantee: 'The write does not recreate it; the next passes find it requested and create it',
    inject: ({ proxy, users }, { bank }) =>
      beforeTheWrite(proxy, bank, () =>
        users.remove(`/api/v1/namespaces/${bank}/secrets/${ORDERS}`),
      ),
    check(measurement) {
      expectInjected(measurement);
      expect(measurement.responses(404)).toBeGreaterThanOrEqual(1);
    },
  },
  {
    name: 'Someone removes the label of a Secret during its renewal',
    injection: 'a cluster admin removes the label just before the write arrives',
    guarantee:
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
    check(measurement) {
      expectInjected(measurement);
      expectAllDone(measurement);
    },
  },
  {
    name: 'A namespace is deleted while its Secrets are renewed',
    injection: 'the namespace is deleted just before the first write in it arrives',
    guarantee: 'The passes do not fail, and do everything in other namespaces',
    inject: ({ proxy, users }, { bank }) =>
      beforeTheWrite(proxy, bank, () => users.remove(`/api/v1/namespaces/${bank}`)),
    check(measurement) {
      expectInjected(measurement);
      expectAllDone(measurement);
    },
    endState: (calm) => calm.filter((line) => !line.startsWith('bank/')),
  },
];
