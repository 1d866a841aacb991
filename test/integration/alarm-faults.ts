import {
  type CallFault,
  type CallTarget,
  STS_THROTTLING,
} from '../../local/aws/http/call-faults.ts';
import type { FaultEffect, RequestFacts } from '../../local/kubernetes/server/faults.ts';
import { ACCOUNT, REFRESH, REGION, SWEEP } from '../support/deployment.ts';
import type { WatchedCluster } from './watched-cluster.ts';

/** A fault that is there. */
export interface ProvokedFault {
  mend(): unknown;
  /** What happens at the beginning of each minute, before and after it is mended. */
  eachMinute?(minute: number): Promise<void>;
}

/** How an alarm is set off. */
export interface AlarmFault {
  readonly alarm: string;
  readonly what: string;
  /** The other alarms that go off with it, or while it is being mended. */
  readonly also?: readonly string[];
  provoke(cluster: WatchedCluster): Promise<ProvokedFault>;
  /** In which minutes of the fault the alarm goes off. */
  readonly minutes: readonly [first: number, last: number];
  /** How many minutes after it was mended the alarm ends, at the latest. */
  readonly recoveryMinutes: number;
}

/** Has the Kubernetes API meet requests with it until it is mended. */
const meets =
  (effect: FaultEffect, match: (request: RequestFacts) => boolean = () => true) =>
  async ({ cluster }: WatchedCluster): Promise<ProvokedFault> => ({
    mend: cluster.faults.add({ effect, match, times: Number.POSITIVE_INFINITY }),
  });

// Who is asked to come again at once does so, and the test need not wait.
const broken: FaultEffect = { kind: 'refuse', status: 500, retryAfterSeconds: 0 };
const overloaded: FaultEffect = { kind: 'refuse', status: 429, retryAfterSeconds: 0 };

const isPodList = ({ path }: RequestFacts) => path.endsWith('/pods');
const isSecretWrite = (wanted: string) => (request: RequestFacts) =>
  request.method === wanted && request.path.includes('/secrets');

const schedulesDisabled = async ({ cloud }: WatchedCluster): Promise<ProvokedFault> => ({
  mend: cloud.scheduler.pause(),
});

const throttled =
  (functionName: string) =>
  async ({ cloud }: WatchedCluster): Promise<ProvokedFault> => ({
    mend: cloud.functions.throttle(functionName),
  });

/** A pod with its Secret, of which the forwarder told. */
export async function addAnnounced(
  cluster: WatchedCluster,
  pod: string,
  role?: string,
): Promise<void> {
  await cluster.addPod(pod, role);
  await cluster.sendPodEvent(pod, role);
}

/** Has a pod wait for a Secret in every fourth minute, of which the forwarder tells so late. */
async function announceNow(
  cluster: WatchedCluster,
  minute: number,
  secondsAgo: number,
): Promise<void> {
  if (minute % 4 !== 0) return;
  if (minute > 0) await cluster.removeSecret();
  await cluster.addPod(`worker-${minute}`);
  await cluster.sendPodEvent(`worker-${minute}`, 'app-orders', secondsAgo);
}

const DENIED: CallFault = { kind: 'error', status: 403, code: 'AccessDenied', message: 'not you' };

/** Has STS deny the role, as it does when its trust policy was changed, or every role; the result gives it back. */
export function denyRole({ cloud }: WatchedCluster, role?: string): () => void {
  const when = ({ action, resource }: CallTarget) =>
    action === 'AssumeRole' && (role === undefined || resource?.endsWith(`/${role}`) === true);
  return cloud.sts.faults.add({ effect: DENIED, match: when, times: Number.POSITIVE_INFINITY });
}

/** For each alarm, what sets it off. */
export const ALARM_FAULTS: readonly AlarmFault[] = [
  {
    alarm: 'refresh-stopped',
    what: 'the schedules are disabled',
    also: ['credentials-at-risk'],
    provoke: schedulesDisabled,
    minutes: [5, 6],
    recoveryMinutes: 2,
  },
  {
    alarm: 'refresh-stopped',
    what: 'the cluster does not let the refresher list pods',
    also: ['runs-failing', 'events-dropped', 'credentials-at-risk'],
    provoke: meets({ kind: 'refuse', status: 403 }, isPodList),
    minutes: [5, 6],
    recoveryMinutes: 2,
  },
  {
    alarm: 'credentials-at-risk',
    what: 'the schedules are disabled',
    also: ['refresh-stopped'],
    provoke: schedulesDisabled,
    minutes: [5, 6],
    recoveryMinutes: 2,
  },
  {
    alarm: 'sweep-stopped',
    what: 'Lambda has no concurrency left for the sweep',
    provoke: throttled(SWEEP),
    minutes: [21, 31],
    recoveryMinutes: 11,
  },
  {
    alarm: 'runs-failing',
    what: 'the cluster does not answer',
    also: ['events-dropped', 'credentials-at-risk'],
    provoke: meets({ kind: 'drop', when: 'before' }),
    minutes: [3, 4],
    recoveryMinutes: 5,
  },
  {
    alarm: 'removal-braked',
    what: 'most pods are gone at once',
    provoke: async (cluster) => {
      const roles = Array.from({ length: 12 }, (_, index) => `app-${index}`);
      const addPods = async () => {
        for (const role of roles) await addAnnounced(cluster, role, role);
      };
      for (const role of roles) cluster.addPodRole(role);
      await addPods();
      await cluster.passMinute();
      for (const role of roles) await cluster.removePod(role);
      return { mend: addPods };
    },
    minutes: [1, 11],
    recoveryMinutes: 31,
  },
  {
    alarm: 'renewals-overdue',
    what: 'the cluster fails to write Secrets that are due',
    also: ['secrets-failing', 'credentials-at-risk'],
    provoke: async (cluster) => {
      await addAnnounced(cluster, 'web');
      return meets(broken, isSecretWrite('PATCH'))(cluster);
    },
    minutes: [38, 42],
    recoveryMinutes: 8,
  },
  {
    alarm: 'renewals-overdue',
    what: 'STS denies most of the roles in use',
    also: ['roles-not-assumable', 'secrets-failing', 'credentials-at-risk'],
    provoke: async (cluster) => {
      await addAnnounced(cluster, 'web');
      return { mend: denyRole(cluster, 'app-orders') };
    },
    minutes: [38, 42],
    recoveryMinutes: 16,
  },
  {
    alarm: 'secrets-failing',
    what: 'the cluster fails to make the Secret of a new pod',
    provoke: async (cluster) => {
      const fault = await meets(broken, isSecretWrite('POST'))(cluster);
      await addAnnounced(cluster, 'web');
      return fault;
    },
    minutes: [10, 12],
    recoveryMinutes: 8,
  },
  {
    alarm: 'roles-not-assumable',
    what: 'pods ask for a role that is not there',
    provoke: async (cluster) => {
      await cluster.addPod('web', 'app-new');
      return { mend: () => cluster.addPodRole('app-new') };
    },
    minutes: [10, 13],
    recoveryMinutes: 16,
  },
  {
    alarm: 'roles-refused',
    what: 'a namespace is not annotated',
    provoke: async (cluster) => {
      await cluster.addNamespace('poor');
      await cluster.addPod('web', 'app-orders', 'poor');
      return { mend: () => cluster.allowRoles('poor') };
    },
    minutes: [10, 13],
    recoveryMinutes: 7,
  },
  {
    alarm: 'sts-throttled',
    what: 'STS turns a request away in each minute',
    provoke: async (cluster) => {
      await addAnnounced(cluster, 'web');
      // The cluster asks STS as well, who is behind a token.
      const when = ({ action }: CallTarget) => action === 'AssumeRole';
      let isThrottled = true;
      return {
        mend: () => {
          isThrottled = false;
        },
        async eachMinute() {
          if (!isThrottled) return;
          await cluster.removeSecret();
          cluster.cloud.sts.faults.add({ effect: STS_THROTTLING, match: when });
        },
      };
    },
    minutes: [5, 6],
    recoveryMinutes: 8,
  },
  {
    alarm: 'api-throttled',
    what: 'the cluster turns a request away in each minute',
    provoke: async ({ cluster }) => {
      let isThrottled = true;
      return {
        mend: () => {
          isThrottled = false;
        },
        async eachMinute() {
          if (isThrottled) cluster.faults.add({ effect: overloaded, match: isPodList });
        },
      };
    },
    minutes: [5, 6],
    recoveryMinutes: 8,
  },
  {
    alarm: 'events-dropped',
    what: 'Lambda has no concurrency left for the refresh',
    also: ['refresh-stopped', 'credentials-at-risk'],
    provoke: throttled(REFRESH),
    minutes: [3, 8],
    recoveryMinutes: 26,
  },
  {
    alarm: 'events-undelivered',
    what: 'EventBridge may not invoke the refresh function',
    also: ['forwarder-silent'],
    provoke: async (cluster) => ({
      mend: cluster.cloud.suspendResourcePolicies(
        `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${REFRESH}`,
      ),
      eachMinute: (minute) => announceNow(cluster, minute, 0),
    }),
    minutes: [5, 11],
    recoveryMinutes: 26,
  },
  {
    alarm: 'forwarder-silent',
    what: 'a pod comes and nobody tells of it',
    provoke: async (cluster) => {
      await cluster.addPod('web');
      return { mend: () => cluster.sendPodEvent('web') };
    },
    minutes: [1, 2],
    recoveryMinutes: 2,
  },
  {
    alarm: 'pod-to-secret-slow',
    what: 'events are three seconds late',
    provoke: async (cluster) => {
      let secondsAgo = 3;
      return {
        mend: () => {
          secondsAgo = 0;
        },
        eachMinute: (minute) => announceNow(cluster, minute, secondsAgo),
      };
    },
    minutes: [5, 11],
    recoveryMinutes: 16,
  },
];
