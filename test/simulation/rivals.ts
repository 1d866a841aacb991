import { isDeepStrictEqual } from 'node:util';
import { PASS } from '../../contract/pass.ts';
import type { Violation } from '../invariants/facts.ts';
import { awsIamRoles } from '../support/awsiamrole-definition.ts';
import type { SimulatedCluster } from './cluster.ts';
import { playScenario, type Rival, type Scenario } from './play-scenario.ts';
import { createAwsIamRole, createPod, POD_EVENT, patch, REFRESH, SEEN_AT, SWEEP } from './scenarios.ts';

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
  ...racesOf('a refresh', REFRESH, {
    'somebody makes a Secret of their own where one is missing': ({ cluster }) =>
      createOwnSecret(cluster, 'aws-iam-new'),
    'somebody puts a Secret of their own in the place of one that is due': ({ cluster }) =>
      replaceSecret(cluster, 'aws-iam-orders'),
    'somebody takes the label off a Secret that is due': ({ cluster }) =>
      takeLabelOff(cluster, 'aws-iam-orders'),
    'somebody makes an AWSIAMRole anew, for another role': ({ cluster }) =>
      remakeAwsIamRole(cluster, 'reports', 'other'),
    'another refresh begins': anotherRefresh,
    'a sweep begins': anotherSweep,
  }),
  ...racesOf('a sweep', SWEEP, {
    'a pod comes that mounts what is being removed': ({ cluster }) =>
      createPod(cluster, 'late', ['aws-iam-old']),
    'a pod comes that mounts what is being removed, and is announced': (world) =>
      createAnnouncedPod(world, 'late', 'aws-iam-old'),
    'somebody puts a Secret of their own in the place of what is being removed': ({ cluster }) =>
      replaceSecret(cluster, 'aws-iam-old'),
    'somebody takes the label off what is being removed': ({ cluster }) =>
      takeLabelOff(cluster, 'aws-iam-old'),
    'another sweep begins': anotherSweep,
    'a refresh begins': anotherRefresh,
  }),
  ...racesOf('a pod event', POD_EVENT, {
    'somebody makes a Secret of their own where one is missing': ({ cluster }) =>
      createOwnSecret(cluster, 'aws-iam-new'),
    'somebody makes an AWSIAMRole anew, for another role': ({ cluster }) =>
      remakeAwsIamRole(cluster, 'reports', 'other'),
    'a refresh begins': anotherRefresh,
  }),
];

function racesOf(
  run: string,
  scenario: Scenario,
  rivals: Readonly<Record<string, Rival>>,
): readonly Race[] {
  return Object.entries(rivals).map(([rival, act]) => ({
    run,
    scenario,
    rival,
    act,
    endsTheSame: act === anotherRefresh || act === anotherSweep,
  }));
}

/** What was wrong with an ending. */
export interface Harm {
  /** What the run was asking for when the rival came. */
  readonly call: string;
  readonly violations: readonly Violation[];
  /** How it ended, where that is not how it should have. */
  readonly endState?: readonly string[];
}

/** Runs a race once for each call of the undisturbed run, the rival acting just before that call has its effect. */
export async function* harmsOf({ scenario, act, endsTheSame }: Race): AsyncGenerator<Harm> {
  const undisturbed = await playScenario(scenario);
  for (const [index, call] of undisturbed.calls.entries()) {
    const rival = { atCall: index + 1, act };
    const { violations, endState } = await playScenario(scenario, { rival });
    const isAsItShouldBe = !endsTheSame || isDeepStrictEqual(endState, undisturbed.endState);
    if (violations.length > 0 || !isAsItShouldBe) {
      yield { call, violations, ...(isAsItShouldBe ? {} : { endState }) };
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

function takeLabelOff(cluster: SimulatedCluster, name: string): void {
  patch(cluster, `${SECRETS}/${name}`, { metadata: { labels: { heritage: null } } });
}

function createAnnouncedPod(
  { cluster, functions }: Parameters<Rival>[0],
  pod: string,
  secret: string,
): void {
  createPod(cluster, pod, [secret]);
  functions.refresh({ wanted: [{ namespace: 'shop', secret, pod, seenAt: SEEN_AT }] });
}

function remakeAwsIamRole(cluster: SimulatedCluster, name: string, roleReference: string): void {
  cluster.asAdmin('DELETE', `${awsIamRoles('shop')}/${name}`);
  createAwsIamRole(cluster, name, roleReference);
}
