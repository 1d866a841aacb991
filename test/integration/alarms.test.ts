import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { apiClient } from '../../local/api-client.ts';
import type { Assembly } from '../../local/assembly/assembly.ts';
import type { RequestFacts } from '../../local/kubernetes/server/faults.ts';
import { awsIamRoles, HEADER, installAwsIamRoles } from '../support/awsiamrole-definition.ts';
import { ALARM_FAULTS, addAnnounced, denyRole, type ProvokedFault } from './alarm-faults.ts';
import { judgeAgain, mistakesIn, type RecordedMetrics } from './alarm-mistakes.ts';
import { alarmId, startWatchedCluster, type WatchedCluster } from './watched-cluster.ts';

const MINUTE = 60_000;

let cluster: WatchedCluster;
let startedAt: Date;

// Until the first sweep has come.
beforeEach(async () => {
  cluster = await startWatchedCluster();
  startedAt = cluster.clock.now();
  for (let minute = 0; minute < 6; minute++) await cluster.passMinute();
  expect(alarms().filter(isOff)).toEqual([]);
});

afterEach(() => cluster.stop());

const alarms = () => cluster.cloud.cloudWatch.alarmNames;
const isOff = (name: string) => cluster.cloud.cloudWatch.stateOf(name) !== 'OK';

/** Lets minutes pass, which begin as the fault says and are counted by it, until it is so. */
function minutesOf(fault: ProvokedFault) {
  let minute = 0;
  return async (most: number, isSo: () => boolean): Promise<number> => {
    const from = minute;
    while (!isSo() && minute - from < most) {
      await fault.eachMinute?.(minute);
      await cluster.passMinute();
      minute += 1;
    }
    return minute - from;
  };
}

/** All that alarms have been judged by so far. */
function recordedMetrics(): RecordedMetrics {
  const minutes: Date[] = [];
  const until = cluster.clock.now().getTime();
  const first = Math.ceil(startedAt.getTime() / MINUTE) * MINUTE;
  for (let minute = first; minute <= until; minute += MINUTE) minutes.push(new Date(minute));
  return { store: cluster.cloud.cloudWatch.metrics, minutes };
}

/** The mistakes in alarms that no fault has shown so far. */
let unnoticed: readonly string[] | undefined;

/** Judges what was recorded with each mistake: by those that it shows, others are told than by the stack as it is. */
function noticeMistakes(): void {
  const { assembly } = cluster.cloud;
  const recorded = recordedMetrics();
  const toldBy = (alarms: Assembly) => JSON.stringify(judgeAgain(alarms, recorded));
  const told = JSON.stringify(cluster.alarmNotifications());
  expect(toldBy(assembly)).toBe(told);
  unnoticed = mistakesIn(assembly)
    .filter(({ name }) => unnoticed?.includes(name) ?? true)
    .filter((mistake) => toldBy(mistake.assembly) === told)
    .map(({ name }) => name);
}

describe.each(ALARM_FAULTS)('$alarm', ({ alarm, what, also = [], ...fault }) => {
  it(`goes off when ${what}, and ends when that is mended`, async () => {
    const before = cluster.alarmNotifications().length;
    const isItOff = () => isOff(alarms().find((name) => alarmId(name) === alarm) ?? '');
    const provoked = await fault.provoke(cluster);
    const pass = minutesOf(provoked);
    const [first, last] = fault.minutes;
    const minutes = await pass(last, isItOff);
    await provoked.mend();
    await pass(fault.recoveryMinutes, () => !isItOff());
    const told = cluster.alarmNotifications().slice(before);
    const statesOfIt = told.filter((one) => one.alarm === alarm).map(({ state }) => state);
    expect(statesOfIt).toEqual(['ALARM', 'OK']);
    expect(minutes).toBeGreaterThanOrEqual(first);
    expect([...new Set(told.map((one) => one.alarm))].sort()).toEqual([alarm, ...also].sort());
    expect(cluster.cloud.cloudWatch.failedNotifications).toEqual([]);
    noticeMistakes();
  });
});

it('that nothing runs for two hours is told once, and nothing is concluded from it', async () => {
  const before = cluster.alarmNotifications().length;
  const resume = cluster.cloud.scheduler.pause();
  for (let minute = 0; minute < 120; minute++) await cluster.passMinute();
  const told = cluster.alarmNotifications().slice(before);
  const stopped = ['refresh-stopped', 'credentials-at-risk', 'sweep-stopped'];
  expect(told).toEqual(stopped.map((alarm) => ({ alarm, state: 'ALARM' })));
  noticeMistakes();
  resume();
});

it('each mistake in an alarm is noticed by one of these faults', () => {
  expect(unnoticed).toEqual([]);
});

it('a role that one tenant of three broke makes a ticket, and pages nobody', async () => {
  for (const role of ['app-a', 'app-b', 'app-c']) {
    cluster.addPodRole(role);
    await addAnnounced(cluster, role, role);
  }
  denyRole(cluster, 'app-b');
  for (let minute = 0; minute < 55; minute++) await cluster.passMinute();
  expect(alarms().filter(isOff).map(alarmId)).toEqual(['roles-not-assumable']);
});

it('a tenant whose broken pods come and go does not silence that the cluster fails', async () => {
  const { cluster: api } = cluster;
  const isMaking = ({ method, path }: RequestFacts) =>
    method === 'POST' && path.endsWith('/secrets');
  const effect = { kind: 'refuse', status: 500, retryAfterSeconds: 0 } as const;
  api.faults.add({ effect, match: isMaking, times: Number.POSITIVE_INFINITY });
  await addAnnounced(cluster, 'web');
  for (let minute = 0; minute < 12; minute++) {
    if (minute % 4 === 0) await addAnnounced(cluster, `broken-${minute}`, 'app-nowhere');
    await cluster.passMinute();
    if (minute % 4 === 0) await cluster.removePod(`broken-${minute}`);
  }
  expect(alarms().filter(isOff).map(alarmId)).toContain('secrets-failing');
});

it('an alarm on credentials that are not renewed does not end when they do', async () => {
  const before = cluster.alarmNotifications().length;
  const { url, caPem, adminToken: token } = cluster.cluster;
  const api = apiClient({ url, caPem, token });
  onTestFinished(() => api.close());
  await installAwsIamRoles(api);
  const spec = { roleReference: 'app-orders', roleSessionDuration: 900 };
  await api.send('POST', awsIamRoles('shop'), {
    body: { ...HEADER, metadata: { name: 'reports' }, spec },
  });
  await cluster.passMinute();
  const isChanging = ({ method, path }: RequestFacts) =>
    method === 'PATCH' && path.endsWith('/secrets/reports');
  const effect = { kind: 'refuse', status: 500, retryAfterSeconds: 0 } as const;
  cluster.cluster.faults.add({ effect, match: isChanging, times: Number.POSITIVE_INFINITY });
  for (let minute = 0; minute < 40; minute++) await cluster.passMinute();
  const told = cluster
    .alarmNotifications()
    .slice(before)
    .filter(({ alarm }) => alarm === 'renewals-overdue');
  expect(told.map(({ state }) => state)).toEqual(['ALARM']);
});

it('that all roles are denied pages long before the first credentials end', async () => {
  const namespaces = ['a', 'b', 'c', 'd'];
  for (const namespace of namespaces) {
    await cluster.addNamespace(namespace);
    await cluster.allowRoles(namespace);
  }
  // Made over the better part of an hour, so that some are due whenever it begins.
  for (let index = 0; index < 20; index++) {
    cluster.addPodRole(`app-${index}`);
    await cluster.addPod(`web-${index}`, `app-${index}`, namespaces[index % 4]);
    await cluster.passMinute();
    await cluster.passMinute();
  }
  denyRole(cluster);
  let minutes = 0;
  const isTold = () => alarms().filter(isOff).map(alarmId).includes('renewals-overdue');
  while (!isTold() && minutes < 40) {
    await cluster.passMinute();
    minutes += 1;
  }
  expect(minutes).toBeLessThan(22);
  expect(nearestExpirySeconds()).toBeGreaterThan(600);
});

/** What the last refresh said. */
function nearestExpirySeconds(): number {
  const { lines } = cluster.cloud.logs;
  const said = lines.filter(({ text }) => text.includes('"NearestExpirySeconds"'));
  return JSON.parse(said.at(-1)?.text ?? '{}').NearestExpirySeconds;
}

it('a first deployment sets off what waits for the first runs, and nothing else', () => {
  const setOff = cluster.alarmNotifications().filter(({ state }) => state === 'ALARM');
  const ofRuns = ['refresh-stopped', 'sweep-stopped', 'credentials-at-risk'];
  expect(ofRuns).toEqual(expect.arrayContaining(setOff.map(({ alarm }) => alarm)));
});

it('every alarm has a fault that sets it off', () => {
  const withFault = new Set(ALARM_FAULTS.map(({ alarm }) => alarm));
  expect([...withFault].sort()).toEqual(alarms().map(alarmId).sort());
});

it.each([0, 120])(
  'nothing goes off in an hour of pods that come and go, though metrics are %i seconds late',
  async (seconds) => {
    const { cloudWatch, sts } = cluster.cloud;
    cloudWatch.metrics.ingestionDelaySeconds = seconds;
    const before = cloudWatch.stateChanges.length;
    for (let minute = 0; minute < 60; minute++) {
      if (minute % 5 === 0) await cluster.addPod(`web-${minute}`);
      if (minute % 5 === 0) await cluster.sendPodEvent(`web-${minute}`);
      if (minute % 5 === 3) await cluster.removePod(`web-${minute - 3}`);
      await cluster.passMinute();
    }
    expect(cloudWatch.stateChanges.slice(before)).toEqual([]);
    expect(cloudWatch.rejectedLines).toEqual([]);
    expect(sts.assumedRoles.length).toBeGreaterThan(2);
  },
);
