import { describe, expect, it } from 'vitest';
import { chartObjects, judgeChart } from '../../../../../bin/commands/doctor/cluster-checks/chart.ts';
import { judgeDeployment } from '../../../../../bin/commands/doctor/forwarder-checks/forwarder.ts';
import {
  forwarderPod,
  judgePod,
  judgePods,
} from '../../../../../bin/commands/doctor/forwarder-pods.ts';
import { judgeForwarderSecret } from '../../../../../bin/commands/doctor/forwarder-checks/forwarder-secret.ts';
import { judgePolicies } from '../../../../../bin/commands/doctor/cluster-checks/admission-policies.ts';
import type { Reading } from '../../../../../bin/commands/doctor/readers/read-result.ts';
import { settingsOf } from './a-cluster.ts';

const SETTINGS = settingsOf({ installChart: false });
const ABSENT: Reading<never> = { kind: 'absent' };
const FORBIDDEN: Reading<never> = { kind: 'forbidden', right: 'get things' };
const BROKEN: Reading<never> = { kind: 'failed', message: 'the API answered 500' };

describe('the objects of the chart', () => {
  const shown = (settings: object) => chartObjects(settingsOf(settings)).map((one) => one.shown);

  it('are cluster-wide where all namespaces are looked at', () => {
    expect(shown({})).toEqual([
      'Namespace kube-aws-iam',
      'ClusterRole kube-aws-iam-refresher',
      'ClusterRoleBinding kube-aws-iam-refresher',
      'ClusterRole kube-aws-iam-forwarder',
      'ClusterRoleBinding kube-aws-iam-forwarder',
    ]);
  });

  it('are in each namespace that is named', () => {
    expect(shown({ namespaces: ['team'] })).toEqual(
      expect.arrayContaining([
        'Namespace team',
        'Role kube-aws-iam-refresher in namespace "team"',
        'RoleBinding kube-aws-iam-refresher in namespace "team"',
        'RoleBinding kube-aws-iam-refresher in namespace "kube-aws-iam"',
      ]),
    );
  });

  const found = (settings = SETTINGS, readings: Readonly<Record<string, Reading<never>>> = {}) =>
    chartObjects(settings).map((expected) => {
      const subjects = expected.subject === undefined ? [] : [expected.subject];
      const right: Reading<{ readonly subjects: readonly string[] }> = {
        kind: 'read',
        value: { subjects },
      };
      return { expected, reading: readings[expected.shown] ?? right };
    });

  it('are right when all are there', () => {
    expect(judgeChart(found(), SETTINGS)).toEqual({ status: 'ok', says: '5 objects' });
  });

  it('are named where they are missing, also where others may not be seen', () => {
    const readings = {
      'ClusterRole kube-aws-iam-refresher': ABSENT,
      'Namespace kube-aws-iam': FORBIDDEN,
    };
    expect(judgeChart(found(SETTINGS, readings), SETTINGS)).toMatchObject({
      status: 'failed',
      says: 'ClusterRole kube-aws-iam-refresher is missing',
    });
  });

  it('have another remedy where the namespace itself is missing', () => {
    const settings = settingsOf({ namespaces: ['team'] });
    expect(judgeChart(found(settings, { 'Namespace team': ABSENT }), settings)).toMatchObject({
      says: 'Namespace team is missing',
      remedy: expect.stringContaining('kubectl create namespace team'),
    });
  });

  it('are not known where they may not be seen, and an error is an error', () => {
    expect(
      judgeChart(found(SETTINGS, { 'Namespace kube-aws-iam': FORBIDDEN }), SETTINGS),
    ).toMatchObject({
      status: 'not-checked',
      says: 'you may not get things',
    });
    expect(
      judgeChart(found(SETTINGS, { 'Namespace kube-aws-iam': BROKEN }), SETTINGS),
    ).toMatchObject({
      status: 'failed',
      says: 'the API answered 500',
    });
  });

  it('are installed by the stack unless somebody else applies them', () => {
    const settings = settingsOf();
    const readings = { 'ClusterRole kube-aws-iam-refresher': ABSENT };
    expect(judgeChart(found(settings, readings), settings).remedy).toMatch(
      /npx cdk deploy KubeAwsIam-prod; if that finds nothing to change, .*helm upgrade/,
    );
  });
});

describe('admission policies', () => {
  const read = (value: object) => ({ kind: 'read', value }) as const;
  const policy = (parts: object = {}) => ({
    kind: 'ValidatingAdmissionPolicy' as const,
    name: 'p',
    policy: read({ failurePolicy: 'Fail' }),
    binding: read({ policyName: 'p', validationActions: ['Deny'] }),
    ...parts,
  });

  it.each([
    ['in force', {}, 'ok', /^p$/],
    ['missing', { policy: ABSENT }, 'failed', /ValidatingAdmissionPolicy p is missing/],
    ['lenient', { policy: read({ failurePolicy: 'Ignore' }) }, 'failed', /failurePolicy Ignore/],
    ['without a binding', { binding: ABSENT }, 'failed', /Binding p is missing/],
    [
      'bound elsewhere',
      { binding: read({ policyName: 'q', validationActions: ['Deny'] }) },
      'failed',
      /is of policy q/,
    ],
    [
      'without an action',
      { binding: read({ policyName: 'p' }) },
      'failed',
      /has no action and not Deny/,
    ],
    [
      'audited',
      { binding: read({ policyName: 'p', validationActions: ['Audit'] }) },
      'failed',
      /has Audit and not Deny/,
    ],
    [
      'audited too',
      { binding: read({ policyName: 'p', validationActions: ['Deny', 'Audit'] }) },
      'ok',
      /^p$/,
    ],
    [
      'narrowed',
      { binding: read({ policyName: 'p', validationActions: ['Deny'], matchResources: {} }) },
      'failed',
      /for a part of the cluster/,
    ],
    ['not to be seen', { policy: FORBIDDEN }, 'not-checked', /you may not get things/],
    [
      'not to be seen, and without a binding',
      { policy: FORBIDDEN, binding: ABSENT },
      'failed',
      /Binding p is missing/,
    ],
    ['not readable', { policy: BROKEN }, 'failed', /answered 500/],
    [
      'mutating, which has no actions',
      { kind: 'MutatingAdmissionPolicy', binding: read({ policyName: 'p' }) },
      'ok',
      /^p$/,
    ],
  ])('%s: %#', (_, parts, status, says) => {
    expect(judgePolicies([policy(parts)], 'mend')).toMatchObject({
      status,
      says: expect.stringMatching(says),
    });
  });

  it('are told together', () => {
    expect(
      judgePolicies([policy({ policy: ABSENT, binding: ABSENT })], 'mend').details,
    ).toHaveLength(2);
  });
});

describe("the forwarder's Secret", () => {
  const now = new Date('2026-11-23T10:00:00Z');
  const expires = (at: string) => ({ 'kube-aws-iam/expires-at': at });

  it.each([
    [expires('2026-11-23T10:30:00Z'), 'ok', /^s, until 2026-11-23T10:30:00Z$/],
    [expires('2026-11-23T09:30:00Z'), 'failed', /ended at 2026-11-23T09:30:00Z/],
    [expires('soon'), 'failed', /does not say when/],
    [{}, 'failed', /does not say when/],
    [undefined, 'failed', /is missing/],
  ])('with %j: %s', (annotations, status, says) => {
    expect(judgeForwarderSecret('s', annotations, now)).toMatchObject({
      status,
      says: expect.stringMatching(says),
    });
  });
});

describe('the forwarder', () => {
  const deployment = (replicas: number, availableReplicas: number) => ({
    spec: { replicas },
    status: { availableReplicas, conditions: [] },
  });

  it('is judged by its Deployment, unless its pods have to be looked at', () => {
    expect(judgeDeployment(deployment(1, 1))).toEqual({ status: 'ok', says: '1 of 1 available' });
    expect(judgeDeployment(deployment(0, 0))).toMatchObject({ status: 'failed' });
    expect(judgeDeployment(deployment(1, 0))).toBeUndefined();
  });

  const pod = (status: object) => forwarderPod.parse({ metadata: { name: 'f-1' }, status });
  const waiting = (reason: string, message = '', lastState: object = {}) =>
    pod({ containerStatuses: [{ state: { waiting: { reason, message } }, lastState }] });

  it.each([
    [
      waiting('ErrImagePull', 'denied'),
      /image of pod f-1 cannot be had: ErrImagePull: denied/,
      /forwarder\.image/,
    ],
    [waiting('InvalidImageName'), /cannot be had/, /forwarder\.image/],
    [waiting('ContainerCreating'), /pod f-1 waits: ContainerCreating$/, /kubectl describe pods/],
    [
      waiting('CrashLoopBackOff', '', { terminated: { reason: 'OOMKilled' } }),
      /ends again and again: OOMKilled/,
      /kubectl logs --previous f-1/,
    ],
    [
      pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: 'no room' }] }),
      /on no node: no room/,
      /node/,
    ],
    [pod({ phase: 'Running' }), /is Running and not ready/, /kubectl logs f-1/],
    [pod({}), /is Pending and not ready/, /kubectl logs/],
  ])('does not run: %#', (one, says, remedy) => {
    expect(judgePod(one)).toMatchObject({
      status: 'failed',
      says: expect.stringMatching(says),
      remedy: expect.stringMatching(remedy),
    });
  });

  it('has no pod, for a reason that its Deployment tells', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }];
    const refused = { spec: { replicas: 1 }, status: { availableReplicas: 0, conditions } };
    expect(judgePods([], refused).says).toBe('its pods are refused: exceeded quota');
    expect(judgePods([], deployment(1, 0)).says).toMatch(/Kubernetes does not say why/);
  });
});
