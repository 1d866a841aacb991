import { isDeepStrictEqual } from 'node:util';
import { PASS } from '../../../contract/pass.ts';
import type { Violation } from '../../invariants/facts.ts';
import { awsIamRoles } from '../../support/chart/awsiamrole-definition.ts';
import { patch, type SimulatedCluster } from '../world/cluster.ts';
import { type Interference, playScenario, type Scenario } from './play-scenario.ts';
import { createAwsIamRole, createPod, POD_EVENT, REFRESH, SEEN_AT, SWEEP } from './scenarios.ts';

const SECRETS = '/api/v1/namespaces/shop/secrets';

/** A pass, and what happens concurrently. */
interface Race {
  readonly pass: string;
  readonly scenario: Scenario;
  readonly interference: string;
  readonly act: Interference;
  /** Whether the end state must equal that without interference. */
  readonly hasSameEndState: boolean;
}

const anotherRefresh: Interference = ({ functions }) => functions.refresh({ pass: PASS.refresh });
const anotherSweep: Interference = ({ functions }) => functions.sweep({ pass: PASS.sweep });

/** All combinations of passes and concurrent actions. */
export const RACES: readonly Race[] = [
  ...racesOf('a refresh', REFRESH, {
    'a tenant creates the Secret first': ({ cluster }) => createOwnSecret(cluster, 'aws-iam-new'),
    'a tenant replaces a Secret that is due for renewal': ({ cluster }) =>
      replaceSecret(cluster, 'aws-iam-orders'),
    'a tenant removes the label of a Secret that is due for renewal': ({ cluster }) =>
      removeLabel(cluster, 'aws-iam-orders'),
    'a tenant recreates an AWSIAMRole with another role': ({ cluster }) =>
      recreateAwsIamRole(cluster, 'reports', 'other'),
    'another refresh starts': anotherRefresh,
    'a sweep starts': anotherSweep,
  }),
  ...racesOf('a sweep', SWEEP, {
    'a pod that mounts the removed Secret is created': ({ cluster }) =>
      createPod(cluster, 'late', ['aws-iam-old']),
    'a pod that mounts the removed Secret is created, with a pod event': (targets) =>
      createPodWithEvent(targets, 'late', 'aws-iam-old'),
    'a tenant replaces the Secret to remove': ({ cluster }) =>
      replaceSecret(cluster, 'aws-iam-old'),
    'a tenant removes the label of the Secret to remove': ({ cluster }) =>
      removeLabel(cluster, 'aws-iam-old'),
    'another sweep starts': anotherSweep,
    'a refresh starts': anotherRefresh,
  }),
  ...racesOf('a pod event', POD_EVENT, {
    'a tenant creates the Secret first': ({ cluster }) => createOwnSecret(cluster, 'aws-iam-new'),
    'a tenant recreates an AWSIAMRole with another role': ({ cluster }) =>
      recreateAwsIamRole(cluster, 'reports', 'other'),
    'a refresh starts': anotherRefresh,
  }),
];

function racesOf(
  pass: string,
  scenario: Scenario,
  interferences: Readonly<Record<string, Interference>>,
): readonly Race[] {
  return Object.entries(interferences).map(([interference, act]) => ({
    pass,
    scenario,
    interference,
    act,
    hasSameEndState: act === anotherRefresh || act === anotherSweep,
  }));
}

/** A violation in a race, or a wrong end state. */
export interface RaceFailure {
  /** The call of the pass before which the interference happened. */
  readonly call: string;
  readonly violations: readonly Violation[];
  /** The end state; absent if it is right. */
  readonly endState?: readonly string[];
}

/** Plays a race once for each call of the undisturbed pass. The interference happens just before that call takes effect. */
export async function* raceFailures({
  scenario,
  act,
  hasSameEndState,
}: Race): AsyncGenerator<RaceFailure> {
  const undisturbed = await playScenario(scenario);
  for (const [index, call] of undisturbed.calls.entries()) {
    const interference = { atCall: index + 1, act };
    const { violations, endState } = await playScenario(scenario, { interference });
    const isEndStateRight = !hasSameEndState || isDeepStrictEqual(endState, undisturbed.endState);
    if (violations.length > 0 || !isEndStateRight) {
      yield { call, violations, ...(isEndStateRight ? {} : { endState }) };
    }
  }
}

function createOwnSecret(cluster: SimulatedCluster, name: string): void {
  cluster.asAdmin('POST', SECRETS, { metadata: { name }, stringData: { mine: 'mine' } });
}

function replaceSecret(cluster: SimulatedCluster, name: string): void {
  cluster.asAdmin('DELETE', `${SECRETS}/${name}`);
  createOwnSecret(cluster, name);
}

function removeLabel(cluster: SimulatedCluster, name: string): void {
  patch(cluster, `${SECRETS}/${name}`, { metadata: { labels: { heritage: null } } });
}

function createPodWithEvent(
  { cluster, functions }: Parameters<Interference>[0],
  pod: string,
  secret: string,
): void {
  createPod(cluster, pod, [secret]);
  functions.events({ wanted: [{ namespace: 'shop', secret, pod, seenAt: SEEN_AT }] });
}

function recreateAwsIamRole(cluster: SimulatedCluster, name: string, roleReference: string): void {
  cluster.asAdmin('DELETE', `${awsIamRoles('shop')}/${name}`);
  createAwsIamRole(cluster, name, roleReference);
}
