import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { apiClient } from '../../../local/api-client.ts';
import type { RequestFacts } from '../../../local/kubernetes/server/faults.ts';
import {
  awsIamRoles,
  HEADER,
  installAwsIamRoles,
} from '../../support/chart/awsiamrole-definition.ts';
import { ALARM_FAULTS, type AlarmFault, addPodWithEvent, denyRole } from './alarm-faults.ts';
import {
  alarmsOf,
  evaluateAgain,
  isNoticed,
  mistakesIn,
  type Recording,
} from './alarm-mistakes.ts';
import {
  type AlarmNotification,
  alarmId,
  startWatchedCluster,
  type WatchedCluster,
} from './watched-cluster.ts';

const MINUTE_MS = 60_000;
/** Minutes until the first sweep is over. */
const START_MINUTES = 6;

const alarmNames = ({ cloud }: WatchedCluster) => cloud.cloudWatch.alarmNames;
const activeAlarms = (cluster: WatchedCluster) =>
  alarmNames(cluster)
    .filter((name) => cluster.cloud.cloudWatch.stateOf(name) !== 'OK')
    .map(alarmId);

async function passMinutes(cluster: WatchedCluster, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) await cluster.passMinute();
}

/** What happened during a fault. */
interface Observation {
  readonly recording: Recording;
  readonly notifications: readonly AlarmNotification[];
  /** Those since the fault began. */
  readonly sinceFault: readonly AlarmNotification[];
  /** Minutes from the fault to its alarm. */
  readonly minutes: number;
  readonly failedNotifications: readonly unknown[];
}

const observations = new Map<AlarmFault, Promise<Observation>>();

/** Provokes a fault until its alarm is active, then ends it until the alarm is not; once, for all tests that ask. */
function observe(fault: AlarmFault): Promise<Observation> {
  const observation = observations.get(fault) ?? provoke(fault);
  observations.set(fault, observation);
  return observation;
}

async function provoke(fault: AlarmFault): Promise<Observation> {
  const cluster = await startWatchedCluster();
  const startedAt = cluster.clock.now();
  try {
    await passMinutes(cluster, START_MINUTES);
    expect(activeAlarms(cluster)).toEqual([]);
    const before = cluster.alarmNotifications().length;
    const isActive = () => activeAlarms(cluster).includes(fault.alarm);
    const provoked = await fault.provoke(cluster);
    let minutes = 0;
    const passUntil = async (limit: number, isDone: () => boolean) => {
      for (; minutes < limit && !isDone(); minutes++) {
        await provoked.eachMinute?.(minutes);
        await cluster.passMinute();
      }
      return minutes;
    };
    const minutesToAlarm = await passUntil(fault.minutes[1], isActive);
    await provoked.end();
    await passUntil(minutesToAlarm + fault.recoveryMinutes, () => !isActive());
    const notifications = cluster.alarmNotifications();
    return {
      recording: recordingSince(startedAt, cluster),
      notifications,
      sinceFault: notifications.slice(before),
      minutes: minutesToAlarm,
      failedNotifications: cluster.cloud.cloudWatch.failedNotifications,
    };
  } finally {
    await cluster.stop();
  }
}

function recordingSince(startedAt: Date, { cloud, clock }: WatchedCluster): Recording {
  const minutes: Date[] = [];
  const until = clock.now().getTime();
  const first = Math.ceil(startedAt.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let minute = first; minute <= until; minute += MINUTE_MS) minutes.push(new Date(minute));
  return { assembly: cloud.assembly, metrics: cloud.cloudWatch.metrics, minutes };
}

let idle: Promise<Observation> | undefined;

/** Stops the schedules for two hours, once. */
function observeIdle(): Promise<Observation> {
  idle ??= provoke({
    alarm: 'refresh-stopped',
    what: 'nothing runs for two hours',
    async provoke(cluster) {
      cluster.cloud.scheduler.pause();
      await passMinutes(cluster, 120);
      return { end: () => {} };
    },
    minutes: [0, 0],
    recoveryMinutes: 0,
  });
  return idle;
}

describe.each(ALARM_FAULTS)('$alarm', (fault) => {
  const { alarm, what, also = [], minutes } = fault;

  it(`is in ALARM when ${what}, and in OK afterwards`, async () => {
    const observation = await observe(fault);
    const { sinceFault } = observation;
    const states = sinceFault.filter((one) => one.alarm === alarm).map(({ state }) => state);
    expect(states).toEqual(['ALARM', 'OK']);
    expect(observation.minutes).toBeGreaterThanOrEqual(minutes[0]);
    expect(observation.minutes).toBeLessThanOrEqual(minutes[1]);
    expect([...new Set(sinceFault.map((one) => one.alarm))].sort()).toEqual(
      [alarm, ...also].sort(),
    );
    expect(observation.failedNotifications).toEqual([]);
  });
});

describe('the alarms together', () => {
  it('notify once when nothing runs for two hours, and no other alarm fires', async () => {
    const { sinceFault } = await observeIdle();
    const stopped = ['refresh-stopped', 'credentials-at-risk', 'sweep-stopped'];
    expect(sinceFault).toEqual(stopped.map((alarm) => ({ alarm, state: 'ALARM' })));
  });

  it('report missing passes until the first ones after a deployment, and nothing else', async () => {
    const { notifications, sinceFault } = await observeIdle();
    const first = notifications.slice(0, notifications.length - sinceFault.length);
    const raised = first.filter(({ state }) => state === 'ALARM').map(({ alarm }) => alarm);
    const ofPasses = ['refresh-stopped', 'sweep-stopped', 'credentials-at-risk'];
    expect(ofPasses).toEqual(expect.arrayContaining(raised));
  });

  it('each have a fault that triggers them', async () => {
    const withFault = new Set(ALARM_FAULTS.map(({ alarm }) => alarm));
    const { recording } = await observeIdle();
    const all = alarmsOf(recording.assembly).map(({ name }) => alarmId(name));
    expect([...withFault].sort()).toEqual(all.sort());
  });

  // Alone, this test provokes all faults itself.
  it('notify differently in at least one fault for each mistake in an alarm', {
    timeout: 600_000,
  }, async () => {
    const observed: Observation[] = [await observeIdle()];
    for (const fault of ALARM_FAULTS) observed.push(await observe(fault));
    for (const { recording, notifications } of observed) {
      expect(evaluateAgain(recording)).toEqual(notifications);
    }
    const recordings = observed.map(({ recording }) => recording);
    const [{ assembly }] = recordings as [Recording];
    const unnoticed = mistakesIn(assembly).filter(
      (mistake) => !recordings.some((recording) => isNoticed(mistake, recording)),
    );
    expect(unnoticed.map(({ name }) => name)).toEqual([]);
  });
});

describe('a watched cluster', () => {
  let cluster: WatchedCluster;

  beforeEach(async () => {
    cluster = await startWatchedCluster();
    await passMinutes(cluster, START_MINUTES);
    expect(activeAlarms(cluster)).toEqual([]);
  });

  afterEach(() => cluster.stop());

  it('files a ticket and pages nobody if one of three tenants breaks its role', async () => {
    for (const role of ['app-a', 'app-b', 'app-c']) {
      cluster.addPodRole(role);
      await addPodWithEvent(cluster, role, role);
    }
    denyRole(cluster, 'app-b');
    await passMinutes(cluster, 55);
    expect(activeAlarms(cluster)).toEqual(['roles-not-assumable']);
  });

  it('reports a failing cluster while broken pods of a tenant are created and deleted', async () => {
    const { cluster: api } = cluster;
    const isCreation = ({ method, path }: RequestFacts) =>
      method === 'POST' && path.endsWith('/secrets');
    const effect = { kind: 'refuse', status: 500, retryAfterSeconds: 0 } as const;
    api.faults.add({ effect, match: isCreation, times: Number.POSITIVE_INFINITY });
    await addPodWithEvent(cluster, 'web');
    for (let minute = 0; minute < 12; minute++) {
      if (minute % 4 === 0) await addPodWithEvent(cluster, `broken-${minute}`, 'app-nowhere');
      await cluster.passMinute();
      if (minute % 4 === 0) await cluster.removePod(`broken-${minute}`);
    }
    expect(activeAlarms(cluster)).toContain('secrets-failing');
  });

  it('keeps the alarm on overdue renewals when the credentials have expired', async () => {
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
    const isChange = ({ method, path }: RequestFacts) =>
      method === 'PATCH' && path.endsWith('/secrets/reports');
    const effect = { kind: 'refuse', status: 500, retryAfterSeconds: 0 } as const;
    cluster.cluster.faults.add({ effect, match: isChange, times: Number.POSITIVE_INFINITY });
    await passMinutes(cluster, 40);
    const notifications = cluster
      .alarmNotifications()
      .slice(before)
      .filter(({ alarm }) => alarm === 'renewals-overdue');
    expect(notifications.map(({ state }) => state)).toEqual(['ALARM']);
  });

  it('pages long before the first credentials expire if all roles are denied', async () => {
    const namespaces = ['a', 'b', 'c', 'd'];
    for (const namespace of namespaces) {
      await cluster.addNamespace(namespace);
      await cluster.allowRoles(namespace);
    }
    // Created over 40 minutes, so that some are due whenever the fault begins.
    for (let index = 0; index < 20; index++) {
      cluster.addPodRole(`app-${index}`);
      await cluster.addPod(`web-${index}`, `app-${index}`, namespaces[index % 4]);
      await cluster.passMinute();
      await cluster.passMinute();
    }
    denyRole(cluster);
    let minutes = 0;
    const isRaised = () => activeAlarms(cluster).includes('renewals-overdue');
    while (!isRaised() && minutes < 40) {
      await cluster.passMinute();
      minutes += 1;
    }
    expect(minutes).toBeLessThan(22);
    expect(nearestExpirySeconds()).toBeGreaterThan(600);
  });

  /** From the log of the last refresh pass. */
  function nearestExpirySeconds(): number {
    const { lines } = cluster.cloud.logs;
    const logged = lines.filter(({ text }) => text.includes('"NearestExpirySeconds"'));
    return JSON.parse(logged.at(-1)?.text ?? '{}').NearestExpirySeconds;
  }

  it.each([0, 120])(
    'raises no alarm while pods are created and deleted for an hour, with metrics that are %i seconds late',
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
});
