import { describe, expect, it } from 'vitest';
import {
  forwarderPod,
  judgeDeployment,
  judgePod,
  judgePods,
} from '../../../../../bin/commands/doctor/forwarder-checks/forwarder.ts';
import { judgeForwarderLog } from '../../../../../bin/commands/doctor/forwarder-checks/forwarder-events.ts';
import { judgeForwarderSecret } from '../../../../../bin/commands/doctor/forwarder-checks/forwarder-secret.ts';

describe("the forwarder's Secret", () => {
  const now = new Date('2026-11-23T10:00:00Z');
  const expires = (at: string) => ({ 'kube-aws-iam/expires-at': at });

  it.each([
    [expires('2026-11-23T10:30:00Z'), 'ok', /^s, valid until 2026-11-23T10:30:00Z$/],
    [expires('2026-11-23T09:30:00Z'), 'failed', /expired at 2026-11-23T09:30:00Z/],
    [expires('soon'), 'failed', /has no valid expiry/],
    [{}, 'failed', /has no valid expiry/],
    [undefined, 'failed', /is missing/],
  ])('with annotations %j: %s', (annotations, status, says) => {
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

  it('is judged by its Deployment, unless the reason is in its pods', () => {
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
      /image of pod f-1 cannot be pulled: ErrImagePull: denied/,
      /forwarder\.image/,
    ],
    [waiting('InvalidImageName'), /cannot be pulled/, /forwarder\.image/],
    [
      waiting('ContainerCreating'),
      /pod f-1 is waiting: ContainerCreating$/,
      /kubectl describe pod f-1/,
    ],
    [
      waiting('CrashLoopBackOff', '', { terminated: { reason: 'OOMKilled' } }),
      /crashes repeatedly: OOMKilled/,
      /kubectl logs --previous f-1/,
    ],
    [
      pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: 'no room' }] }),
      /cannot be scheduled: no room/,
      /node/,
    ],
    [pod({ phase: 'Running' }), /is Running but not ready/, /kubectl logs f-1/],
    [pod({}), /is Pending but not ready/, /kubectl logs/],
  ])('reports why its pod is not available: %#', (one, says, remedy) => {
    expect(judgePod(one)).toMatchObject({
      status: 'failed',
      says: expect.stringMatching(says),
      remedy: expect.stringMatching(remedy),
    });
  });

  it("reports the Deployment's reason for having no pod", () => {
    const failure = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: '',
      message: 'exceeded quota',
    };
    const refused = {
      spec: { replicas: 1 },
      status: { availableReplicas: 0, conditions: [failure] },
    };
    expect(judgePods([], refused).says).toBe('pods cannot be created: exceeded quota');
    expect(judgePods([], deployment(1, 0)).says).toMatch(/Kubernetes gives no reason/);
  });
});

describe("the events in the forwarder's log", () => {
  const started = { message: 'started', time: '2026-11-28T09:00:00Z' };
  const failure = {
    message: 'sending events fails and is retried',
    time: '2026-11-28T10:00:00Z',
    reason: 'AccessDeniedException',
    error: 'not authorized',
    remedy: 'allow it',
  };
  const recovery = { message: 'sending events works again', time: '2026-11-28T11:00:00Z' };
  const judge = (...lines: readonly unknown[]) =>
    judgeForwarderLog('f-1', lines.map((line) => JSON.stringify(line)).join('\n'));

  it('are accepted without a failure, or after one', () => {
    expect(judge().status).toBe('ok');
    expect(judge(started).status).toBe('ok');
    expect(judge(started, failure, recovery)).toMatchObject({
      status: 'ok',
      says: 'accepted again after a failure',
    });
  });

  it.each([
    ['the only line', [failure]],
    ['followed by lines about the watch', [failure, { message: 'watching pods works again' }]],
    ['the second failure', [failure, recovery, failure]],
    ['followed by lines of other programs', [failure, null, 7, 'text', { message: 7 }]],
  ])('are not accepted when the failure is %s', (_, lines) => {
    expect(judge(...lines)).toEqual({
      status: 'failed',
      says: 'EventBridge has accepted no event of pod f-1 since 2026-11-28T10:00:00Z: AccessDeniedException: not authorized',
      remedy: 'allow it',
    });
  });

  it('are read from any text', () => {
    expect(judgeForwarderLog('f-1', '{"message":\n\u0000garbage').status).toBe('ok');
    const truncated = judgeForwarderLog('f-1', JSON.stringify({ message: failure.message }));
    expect(truncated).toMatchObject({
      status: 'failed',
      remedy: 'run: kubectl logs f-1 --namespace kube-aws-iam',
    });
  });
});
