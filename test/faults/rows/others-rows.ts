import { expect } from 'vitest';
import { expectAllDone, expectMet, type FaultRow, reportOf } from '../fault-row.ts';
import { type FaultyProxy, writesIn } from '../faulty-proxy.ts';

const ORDERS = 'aws-iam-app-orders';

/** Has something happen just before the first write in the namespace arrives. */
function beforeTheWrite(
  { faults }: FaultyProxy,
  namespace: string,
  act: () => Promise<void>,
): () => void {
  const effect = { kind: 'meanwhile', when: 'before', act } as const;
  return faults.add({ match: writesIn(namespace), effect });
}

/** Others are at work at the same time: the product itself, people, Kubernetes. */
export const OTHERS_ROWS: readonly FaultRow[] = [
  {
    fault: 'Runs overlap',
    how: 'two refreshes, a sweep and three pod events at once, of the same Secrets',
    promise:
      'None of them fails, and together they do what one does; what a refresh renews while a sweep would remove it stays until the next sweep',
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
      // Due for renewal too: where a refresh was faster, the API server refuses to remove what the sweep had read.
      const isGone = !state.some((line) => line.includes('app-old'));
      const reports = runs.filter(({ what }) => what === 'sweep').map(reportOf);
      const isPutOff = reports.some((report) => report?.reasons['changed-meanwhile'] !== undefined);
      expect({ isGone, isPutOff }).not.toEqual({ isGone: false, isPutOff: false });
    },
  },
  {
    fault: 'Somebody edits a Secret that is being renewed',
    how: 'an annotation is added just before the write arrives, which is answered 409',
    promise:
      'Nothing is written over unseen: the Secret is looked at again, and the same run does all',
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
      // One in each run is of the name that is taken.
      expect(measured.answered(409)).toBe(3);
    },
  },
  {
    fault: 'Somebody deletes a Secret that is being renewed',
    how: 'it is deleted just before the write arrives',
    promise: 'It is not made again unseen; the next runs see that it is wanted, and make it',
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
    fault: 'Somebody takes the label off a Secret that is being renewed',
    how: 'an admin removes the label just before the write arrives',
    promise: "The chart's admission policy refuses that, to whomever; the same run does all",
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
    promise: 'The runs do not fail, and do all elsewhere',
    inject: ({ proxy, people }, { bank }) =>
      beforeTheWrite(proxy, bank, () => people.remove(`/api/v1/namespaces/${bank}`)),
    check(measured) {
      expectMet(measured);
      expectAllDone(measured);
    },
    endState: (calm) => calm.filter((line) => !line.startsWith('bank/')),
  },
];
