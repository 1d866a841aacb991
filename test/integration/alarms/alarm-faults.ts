import { formatInstant } from '../../../contract/format-instant.ts';
import {
  type CallFault,
  type CallTarget,
  STS_THROTTLING,
} from '../../../local/aws/http/call-faults.ts';
import type { FaultEffect, RequestFacts } from '../../../local/kubernetes/server/faults.ts';
import { ACCOUNT, EVENTS, REFRESH, REGION, SWEEP } from '../../support/deployment/deployment.ts';
import type { WatchedCluster } from './watched-cluster.ts';

/** An active fault. */
export interface ProvokedFault {
  end(): unknown;
  /** Called at the beginning of each minute, also after the fault has ended. */
  eachMinute?(minute: number): Promise<void>;
}

/** A fault that raises an alarm. */
export interface AlarmFault {
  readonly alarm: string;
  readonly what: string;
  /** Other alarms that it raises, or that are raised until the alarm is OK again. */
  readonly also?: readonly string[];
  provoke(cluster: WatchedCluster): Promise<ProvokedFault>;
  /** The first and the last minute of the fault in which the alarm may be raised. */
  readonly minutes: readonly [first: number, last: number];
  /** Maximum minutes from the end of the fault until the alarm is OK. */
  readonly recoveryMinutes: number;
}

/** Makes the Kubernetes API fail requests until the fault ends. */
const failRequests =
  (effect: FaultEffect, match: (request: RequestFacts) => boolean = () => true) =>
  async ({ cluster }: WatchedCluster): Promise<ProvokedFault> => ({
    end: cluster.faults.add({ effect, match, times: Number.POSITIVE_INFINITY }),
  });

// Clients retry at once, so that the test does not wait.
const broken: FaultEffect = { kind: 'refuse', status: 500, retryAfterSeconds: 0 };
const overloaded: FaultEffect = { kind: 'refuse', status: 429, retryAfterSeconds: 0 };

const isPodList = ({ path }: RequestFacts) => path.endsWith('/pods');
const isRead = (pod: string) => (request: RequestFacts) =>
  request.method === 'GET' && request.path.includes(`/pods/${pod}`);
const isSecretWrite = (method: string) => (request: RequestFacts) =>
  request.method === method && request.path.includes('/secrets');

const schedulesDisabled = async ({ cloud }: WatchedCluster): Promise<ProvokedFault> => ({
  end: cloud.scheduler.pause(),
});

const throttled =
  (functionName: string) =>
  async ({ cloud }: WatchedCluster): Promise<ProvokedFault> => ({
    end: cloud.functions.throttle(functionName),
  });

/** Creates a pod, and sends its pod event. */
export async function addPodWithEvent(
  cluster: WatchedCluster,
  pod: string,
  role?: string,
): Promise<void> {
  await cluster.addPod(pod, role);
  await cluster.sendPodEvent(pod, role);
}

/** Every fourth minute, creates a pod that waits for a Secret, and sends its pod event this late. */
async function sendLateEvent(
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

/** Makes STS deny a role, or every role, as after a change of the trust policy. Returns a function that ends this. */
export function denyRole({ cloud }: WatchedCluster, role?: string): () => void {
  const when = ({ action, resource }: CallTarget) =>
    action === 'AssumeRole' && (role === undefined || resource?.endsWith(`/${role}`) === true);
  return cloud.sts.faults.add({ effect: DENIED, match: when, times: Number.POSITIVE_INFINITY });
}

/** At least one fault for each alarm. */
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
    what: 'the cluster forbids the refresher to list pods',
    also: ['runs-failing', 'credentials-at-risk'],
    provoke: failRequests({ kind: 'refuse', status: 403 }, isPodList),
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
    also: ['credentials-at-risk'],
    provoke: failRequests({ kind: 'drop', when: 'before' }),
    minutes: [3, 4],
    recoveryMinutes: 5,
  },
  {
    alarm: 'pods-unseen',
    what: 'the Secrets of running pods are marked as unused',
    provoke: async (cluster) => {
      const roles = Array.from({ length: 12 }, (_, index) => `app-${index}`);
      for (const role of roles) {
        cluster.addPodRole(role);
        await cluster.addRunningPod(role, role);
      }
      const markAll = async () => {
        const since = formatInstant(cluster.clock.now());
        for (const role of roles) await cluster.markSecret(`aws-iam-${role}`, since);
      };
      return {
        end() {},
        // By then, the pods are older than the marks.
        eachMinute: async (minute) => (minute === 16 ? markAll() : undefined),
      };
    },
    minutes: [18, 22],
    recoveryMinutes: 31,
  },
  {
    alarm: 'renewals-overdue',
    what: 'the cluster fails to write Secrets that are due',
    also: ['secrets-failing', 'credentials-at-risk'],
    provoke: async (cluster) => {
      await addPodWithEvent(cluster, 'web');
      return failRequests(broken, isSecretWrite('PATCH'))(cluster);
    },
    minutes: [38, 42],
    recoveryMinutes: 8,
  },
  {
    alarm: 'renewals-overdue',
    what: 'STS denies most of the roles in use',
    also: ['roles-not-assumable', 'secrets-failing', 'credentials-at-risk'],
    provoke: async (cluster) => {
      await addPodWithEvent(cluster, 'web');
      return { end: denyRole(cluster, 'app-orders') };
    },
    minutes: [38, 42],
    recoveryMinutes: 16,
  },
  {
    alarm: 'secrets-failing',
    what: 'the cluster fails to create the Secret of a new pod',
    provoke: async (cluster) => {
      const fault = await failRequests(broken, isSecretWrite('POST'))(cluster);
      await addPodWithEvent(cluster, 'web');
      return fault;
    },
    minutes: [10, 12],
    recoveryMinutes: 8,
  },
  {
    alarm: 'roles-not-assumable',
    what: 'pods request a role that does not exist',
    provoke: async (cluster) => {
      await cluster.addPod('web', 'app-new');
      return { end: () => cluster.addPodRole('app-new') };
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
      return { end: () => cluster.allowRoles('poor') };
    },
    minutes: [10, 13],
    recoveryMinutes: 7,
  },
  {
    alarm: 'credentials-withheld',
    what: 'a running pod requests a role that its namespace does not allow',
    provoke: async (cluster) => {
      await cluster.addNamespace('poor');
      await cluster.addRunningPod('web', 'app-orders', 'poor');
      return { end: () => cluster.allowRoles('poor') };
    },
    minutes: [10, 21],
    recoveryMinutes: 12,
  },
  {
    alarm: 'budget-exceeded',
    what: 'a namespace has an annotation that is too long',
    provoke: async (cluster) => {
      await cluster.addNamespace('greedy');
      await cluster.allowRoles('greedy', Array<string>(1_500).fill('app-1'));
      return { end: () => cluster.allowRoles('greedy') };
    },
    minutes: [0, 11],
    recoveryMinutes: 12,
  },
  {
    alarm: 'secrets-deferred',
    what: 'somebody else creates and removes the Secret of a new pod at the same time',
    provoke: async (cluster) => {
      const fault = await failRequests(
        { kind: 'refuse', status: 409 },
        isSecretWrite('POST'),
      )(cluster);
      await addPodWithEvent(cluster, 'web');
      return fault;
    },
    minutes: [10, 13],
    recoveryMinutes: 8,
  },
  {
    alarm: 'secrets-deleted',
    what: 'an older controller deletes a Secret each minute',
    provoke: async (cluster) => {
      await addPodWithEvent(cluster, 'web');
      // Until the pod is too old for an event.
      for (let minute = 0; minute < 3; minute++) await cluster.passMinute();
      let isDeleted = true;
      return {
        end: () => {
          isDeleted = false;
        },
        eachMinute: async () => (isDeleted ? cluster.removeSecret() : undefined),
      };
    },
    minutes: [2, 5],
    recoveryMinutes: 41,
  },
  {
    alarm: 'sts-throttled',
    what: 'STS throttles a request each minute',
    // The story deletes a Secret each time.
    also: ['secrets-deleted'],
    provoke: async (cluster) => {
      await addPodWithEvent(cluster, 'web');
      // The cluster calls STS too, to verify tokens.
      const when = ({ action }: CallTarget) => action === 'AssumeRole';
      let isThrottled = true;
      return {
        end: () => {
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
    what: 'the cluster throttles a request each minute',
    provoke: async ({ cluster }) => {
      let isThrottled = true;
      return {
        end: () => {
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
    alarm: 'refresh-stopped',
    what: 'Lambda has no concurrency left for the refresh',
    also: ['credentials-at-risk'],
    provoke: throttled(REFRESH),
    minutes: [5, 6],
    recoveryMinutes: 2,
  },
  {
    alarm: 'events-failing',
    what: 'the cluster forbids the refresher to read the pod of a pod event',
    also: ['events-dropped'],
    provoke: async (cluster) => {
      await addPodWithEvent(cluster, 'web');
      const fault = await failRequests({ kind: 'refuse', status: 403 }, isRead('web'))(cluster);
      return { ...fault, eachMinute: () => cluster.sendPodEvent('web') };
    },
    minutes: [3, 4],
    recoveryMinutes: 5,
  },
  {
    alarm: 'events-dropped',
    what: 'pod events take up the reserved concurrency',
    provoke: throttled(EVENTS),
    minutes: [3, 8],
    recoveryMinutes: 26,
  },
  {
    alarm: 'events-undelivered',
    what: 'EventBridge may not invoke the events function',
    also: ['forwarder-silent'],
    provoke: async (cluster) => ({
      end: cluster.cloud.suspendResourcePolicies(
        `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${EVENTS}`,
      ),
      eachMinute: (minute) => sendLateEvent(cluster, minute, 0),
    }),
    minutes: [5, 11],
    recoveryMinutes: 26,
  },
  {
    alarm: 'forwarder-silent',
    what: 'a pod waits and the forwarder sends no event',
    provoke: async (cluster) => {
      await cluster.addPod('web');
      return { end: () => cluster.sendPodEvent('web') };
    },
    minutes: [1, 2],
    recoveryMinutes: 2,
  },
  {
    alarm: 'pod-to-secret-slow',
    what: 'events are three seconds late',
    also: ['secrets-deleted'],
    provoke: async (cluster) => {
      let secondsAgo = 3;
      return {
        end: () => {
          secondsAgo = 0;
        },
        eachMinute: (minute) => sendLateEvent(cluster, minute, secondsAgo),
      };
    },
    minutes: [5, 11],
    recoveryMinutes: 16,
  },
];
