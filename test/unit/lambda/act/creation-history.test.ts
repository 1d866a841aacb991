import { describe, expect, it } from 'vitest';
import { createCreationHistory } from '../../../../lambda/act/creation-history.ts';
import { runPass } from '../../../../lambda/run-pass.ts';
import {
  aNamespace,
  anAwsIamRole,
  aPod,
  listing,
  minutes,
} from '../../../support/builders/builders.ts';
import { aSuccess } from '../../../support/builders/event-builders.ts';
import { FakeCluster } from '../../../support/builders/fake-cluster.ts';

const SHOP = listing([aNamespace()]);

describe('the history of created Secrets', () => {
  /** Whether each creation, at these minutes, is reported. */
  const reported = (
    at: readonly number[],
    changes: (index: number) => {
      readonly outcome?: object;
      readonly namespace?: object;
    } = () => ({}),
  ) => {
    const history = createCreationHistory();
    return at.map((minute, index) => {
      const { outcome, namespace } = changes(index);
      const namespaces = listing([{ ...aNamespace(), ...namespace }]);
      const [recorded] = history.record(
        [{ ...aSuccess(), ...outcome }],
        namespaces,
        minutes(minute),
      );
      return recorded?.isRecreated === true;
    });
  };

  it.each([
    [
      [0, 1, 2, 3],
      [false, false, true, true],
    ],
    [
      [0, 30, 59],
      [false, false, true],
    ],
    [
      [0, 30, 60],
      [false, false, false],
    ],
    [
      [0, 30, 60, 89],
      [false, false, false, true],
    ],
  ])('reports those at minutes %j: %j', (at, expected) => {
    expect(reported(at)).toEqual(expected);
  });

  it.each([
    ['of a recreated namespace', (index: number) => ({ namespace: { uid: `uid-${index}` } })],
    [
      'of a recreated AWSIAMRole',
      (index: number) => ({
        outcome: { awsIamRole: anAwsIamRole('orders', { uid: `uid-${index}` }) },
      }),
    ],
    ['of another name', (index: number) => ({ outcome: { name: `aws-iam-${index}` } })],
    ['that are kept', () => ({ outcome: { result: 'kept' } })],
    ['of a namespace that was not observed', () => ({ namespace: { name: 'other' } })],
  ])('does not report Secrets %s', (_, changes) => {
    expect(reported([0, 1, 2, 3], changes)).toEqual([false, false, false, false]);
  });

  it('forgets the oldest of too many Secrets of a namespace', () => {
    const history = createCreationHistory();
    const create = (name: string) =>
      history.record([{ ...aSuccess(), name }], SHOP, minutes(0))[0]?.isRecreated === true;
    create('aws-iam-first');
    create('aws-iam-first');
    for (let index = 0; index < 2_000; index++) create(`aws-iam-${index}`);
    expect(create('aws-iam-first')).toBe(false);
    create('aws-iam-1999');
    expect(create('aws-iam-1999')).toBe(true);
  });
});

describe('the product itself', () => {
  /** Passes each minute, in which a pod appears whenever its Secret is gone, and is deleted at once. */
  async function playHours(graceMinutes?: number) {
    const cluster = new FakeCluster();
    const deps = cluster.deps();
    let [created, recreated] = [0, 0];
    const run = async (pass: 'refresh' | 'sweep') => {
      const view = {
        pods: listing(cluster.pods),
        secrets: listing([...cluster.secrets.values()]),
        namespaces: listing(cluster.namespaces),
        awsIamRoles: listing([]),
      };
      const { report } = await runPass(
        {
          ...deps,
          observe: async () => view,
          lookUpSecret: async () => listing([]),
          statusWriter: { write: async () => [] },
          eventReporter: { report: async () => {} },
          changeLog: { writePass: () => {}, writeCheck: () => {}, writePodEvent: () => {} },
          addMetrics: () => {},
        },
        pass === 'sweep' ? { pass, confirm: true } : { pass },
        pass,
        { observing: new AbortController().signal, acting: new AbortController().signal },
      );
      created += report.counts.created;
      recreated += report.recreated;
    };
    for (let minute = 0; minute < 8 * 60; minute++) {
      cluster.now = minutes(minute);
      cluster.pods = cluster.secrets.size === 0 ? [aPod('job', ['aws-iam-orders'])] : [];
      await run('refresh');
      cluster.pods = [];
      await run('sweep');
      if (graceMinutes !== undefined && minute % graceMinutes === 0) cluster.secrets.clear();
    }
    return { created, recreated };
  }

  it('never causes a report, however pods come and go', async () => {
    const { created, recreated } = await playHours();
    expect(created).toBeGreaterThan(10);
    expect(recreated).toBe(0);
  });

  it('reports somebody who deletes the Secret a little more often', async () => {
    expect((await playHours(20)).recreated).toBeGreaterThan(10);
  });
});
