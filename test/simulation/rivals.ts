import { isDeepStrictEqual } from 'node:util';
import { PASS } from '../../lambda/contract/pass.ts';
import type { Violation } from '../invariants/facts.ts';
import type { SimulatedCluster } from './cluster.ts';
import { playScenario, type Rival, type Scenario } from './play-scenario.ts';
import { createPod, POD_EVENT, REFRESH, SWEEP } from './scenarios.ts';

const SECRETS = '/api/v1/namespaces/shop/secrets';

/** A run, and what somebody else does while it is under way. */
export interface Race {
  readonly run: string;
  readonly scenario: Scenario;
  readonly rival: string;
  readonly act: Rival;
  /** Whether it ends as it does without the rival. */
  readonly endsTheSame: boolean;
}

const anotherRefresh: Rival = ({ functions }) => functions.refresh({ pass: PASS.refresh });
const anotherSweep: Rival = ({ functions }) => functions.sweep({ pass: PASS.sweep });

/** Who comes between the calls of which run. */
export const RACES: readonly Race[] = [
  {
    run: 'a refresh',
    scenario: REFRESH,
    rival: 'somebody makes a Secret of their own where one is missing',
    act: ({ cluster }) => createOwnSecret(cluster, 'aws-iam-new'),
    endsTheSame: false,
  },
  {
    run: 'a refresh',
    scenario: REFRESH,
    rival: 'somebody puts a Secret of their own in the place of one that is due',
    act: ({ cluster }) => replaceSecret(cluster, 'aws-iam-orders'),
    endsTheSame: false,
  },
  {
    run: 'a refresh',
    scenario: REFRESH,
    rival: 'another refresh begins',
    act: anotherRefresh,
    endsTheSame: true,
  },
  {
    run: 'a refresh',
    scenario: REFRESH,
    rival: 'a sweep begins',
    act: anotherSweep,
    endsTheSame: true,
  },
  {
    run: 'a sweep',
    scenario: SWEEP,
    rival: 'a pod comes that mounts what is being removed',
    act: ({ cluster }) => createPod(cluster, 'late', ['aws-iam-old']),
    endsTheSame: false,
  },
  {
    run: 'a sweep',
    scenario: SWEEP,
    rival: 'somebody puts a Secret of their own in the place of what is being removed',
    act: ({ cluster }) => replaceSecret(cluster, 'aws-iam-old'),
    endsTheSame: false,
  },
  {
    run: 'a sweep',
    scenario: SWEEP,
    rival: 'another sweep begins',
    act: anotherSweep,
    endsTheSame: true,
  },
  {
    run: 'a sweep',
    scenario: SWEEP,
    rival: 'a refresh begins',
    act: anotherRefresh,
    endsTheSame: true,
  },
  {
    run: 'a pod event',
    scenario: POD_EVENT,
    rival: 'somebody makes a Secret of their own where one is missing',
    act: ({ cluster }) => createOwnSecret(cluster, 'aws-iam-new'),
    endsTheSame: false,
  },
  {
    run: 'a pod event',
    scenario: POD_EVENT,
    rival: 'a refresh begins',
    act: anotherRefresh,
    endsTheSame: true,
  },
];

/** What was wrong with an ending. */
export interface Harm {
  /** What the run was asking for when the rival came. */
  readonly call: string;
  readonly violations: readonly Violation[];
  /** How it ended, where that is not how it should have. */
  readonly endState?: readonly string[];
}

/** Runs a race once for each call of the undisturbed run, the rival acting just before that call has its effect. */
export async function harmsOf({ scenario, act, endsTheSame }: Race): Promise<readonly Harm[]> {
  const undisturbed = await playScenario(scenario);
  const harms: Harm[] = [];
  for (const [index, call] of undisturbed.calls.entries()) {
    const rival = { atCall: index + 1, act };
    const { violations, endState } = await playScenario(scenario, { rival });
    const isAsItShouldBe = !endsTheSame || isDeepStrictEqual(endState, undisturbed.endState);
    if (violations.length > 0 || !isAsItShouldBe) {
      harms.push({ call, violations, ...(isAsItShouldBe ? {} : { endState }) });
    }
  }
  return harms;
}

function createOwnSecret(cluster: SimulatedCluster, name: string): void {
  cluster.asAdmin('POST', SECRETS, { metadata: { name }, stringData: { mine: 'mine' } });
}

function replaceSecret(cluster: SimulatedCluster, name: string): void {
  cluster.asAdmin('DELETE', `${SECRETS}/${name}`);
  createOwnSecret(cluster, name);
}
