import { PASS } from '../../../contract/pass.ts';
import type { CredentialRequestEvent } from '../../../contract/pod-event.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import type { PassReport } from '../../../lambda/report/pass-report.ts';
import type { StoredObject } from '../../../local/kubernetes/objects/stored-object.ts';
import { aPolicy, BASE_ROLE_ARN } from '../../support/builders/builders.ts';
import {
  clusterParts,
  createSimulatedCluster,
  patch,
  type SimulatedCluster,
} from '../world/cluster.ts';
import { NO_FAULTS } from '../world/fault-injection.ts';
import { createSimulatedFunctions } from '../world/functions.ts';
import { followPods } from '../world/kubelet.ts';
import { createRandom } from '../world/random.ts';
import { createVirtualTime, MINUTE, SECOND, type VirtualTime } from '../world/virtual-time.ts';
import { createAwsIamRole } from './scenarios.ts';

/** A cluster with one namespace, `shop`, in which a test tells a story of a few objects. Times are in seconds. */
export interface Story {
  readonly cluster: SimulatedCluster;
  readonly time: VirtualTime;
  /** The roles that the product tried to assume, as `<second> <role>`. */
  readonly tries: readonly string[];
  /** The writes of Secrets, as `<method> <name>`. */
  readonly writes: readonly string[];
  readonly reports: readonly PassReport[];
  /** A connection with the rights of an administrator, for commands. */
  readonly connection: KubernetesConnection;
  /** Makes a role trust the refresher, or not. All do at first. */
  trust(role: string, isTrusted: boolean): void;
  allow(roles: readonly string[]): void;
  addPod(
    name: string,
    spec: {
      readonly volumes?: readonly { readonly name: string }[];
      readonly [field: string]: unknown;
    },
  ): void;
  /** Removes the scheduling gates of a pod. */
  ungate(name: string): void;
  addSecret(name: string, labels?: Readonly<Record<string, string>>): void;
  addAwsIamRole(name: string, role: string): void;
  /** Sends a pod event, as the forwarder does. */
  send(...wanted: CredentialRequestEvent['wanted']): void;
  hasSecret(name: string): boolean;
  phaseOf(pod: string): string | undefined;
  /** The Events about a pod and a Secret, as `<type> <reason> <count>: <note>`. */
  eventsOf(pod: string, secret?: string): readonly string[];
  /** Runs until a time. */
  until(second: number): Promise<void>;
}

/** Begins a story, with the schedules of the stack: a refresh each minute, and a sweep every ten minutes. */
export async function beginStory(): Promise<Story> {
  const time = createVirtualTime(new Date('2026-11-24T00:00:00Z'));
  const tries: string[] = [];
  const writes: string[] = [];
  const reports: PassReport[] = [];
  const distrustful = new Set<string>();
  const cluster = createSimulatedCluster(await clusterParts(), time, () => {});
  followPods(cluster.store, time);
  const functions = createSimulatedFunctions({
    cluster: {
      ...cluster,
      asProduct(request) {
        const [, name = ''] = /\/secrets\/?([^?]*)/.exec(request.path) ?? [];
        const isWrite = request.method !== 'GET' && request.path.includes('/secrets');
        if (isWrite) writes.push(`${request.method} ${name}`);
        return cluster.asProduct(request);
      },
    },
    time,
    random: createRandom(1, 'functions'),
    faults: NO_FAULTS,
    policy: aPolicy(),
    skew: 0,
    isTrusted(roleArn) {
      const role = roleArn.slice(BASE_ROLE_ARN.length);
      tries.push(`${Math.floor(time.elapsed / SECOND)} ${role}`);
      return !distrustful.has(role);
    },
    onSession: () => {},
    onPass: (report) => reports.push(report),
    onCrash: (error) => {
      throw error;
    },
  });
  const schedule = (minute: number) =>
    time.after(minute * MINUTE - time.elapsed, () => {
      functions.refresh({ pass: PASS.refresh });
      if (minute % 10 === 5) functions.sweep({ pass: PASS.sweep });
      schedule(minute + 1);
    });
  schedule(1);
  const inShop = (resource: string) => `/api/v1/namespaces/shop/${resource}`;
  cluster.asAdmin('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  return {
    cluster,
    time,
    tries,
    writes,
    reports,
    connection: {
      async send({ method, path, headers: { accept } = {} }) {
        const answer = cluster.asAdmin(method, path, undefined, undefined, accept);
        const { status, headers, body } = answer;
        const contentType = { 'content-type': 'application/json' };
        return { status, headers: { ...contentType, ...headers }, body: Buffer.from(body) };
      },
    },
    trust(role, isTrusted) {
      if (isTrusted) distrustful.delete(role);
      else distrustful.add(role);
    },
    allow(roles) {
      const annotations = { 'iam.amazonaws.com/allowed-roles': JSON.stringify(roles) };
      patch(cluster, '/api/v1/namespaces/shop', { metadata: { annotations } });
    },
    addPod: (name, spec) =>
      void cluster.asAdmin('POST', inShop('pods'), {
        metadata: { name },
        spec: { containers: [containerFor(spec)], ...spec },
      }),
    ungate(name) {
      const pod = cluster.store.get('pods', 'shop', name);
      if (pod === undefined) return;
      const { schedulingGates: _, ...spec } = (pod as GatedPod).spec;
      cluster.store.put('pods', { ...pod, ...{ spec } });
    },
    addSecret: (name, labels = {}) =>
      void cluster.asAdmin('POST', inShop('secrets'), { metadata: { name, labels }, data: {} }),
    addAwsIamRole: (name, roleReference) => createAwsIamRole(cluster, name, roleReference),
    send: (...wanted) => functions.events({ wanted }),
    hasSecret: (name) => cluster.store.get('secrets', 'shop', name) !== undefined,
    phaseOf: (pod) => phaseIn(cluster.store.get('pods', 'shop', pod)),
    eventsOf: (pod, secret = 'aws-iam-orders') =>
      cluster.store
        .snapshot('events')
        .objects.map((event) => event as StoredEvent)
        .filter(
          ({ regarding, note }) => regarding?.name === pod && note.startsWith(`Secret ${secret}: `),
        )
        .toSorted((one, other) => one.eventTime.localeCompare(other.eventTime))
        .map(
          ({ type, reason, series, note }) => `${type} ${reason} ${series?.count ?? 1}: ${note}`,
        ),
    until: (second) => time.runUntil(second * SECOND),
  };
}

/** A container that mounts all volumes of the pod. */
function containerFor({
  volumes = [],
}: {
  readonly volumes?: readonly { readonly name: string }[];
}) {
  const volumeMounts = volumes.map(({ name }, i) => ({ name, mountPath: `/m${i}` }));
  return { name: 'c', image: 'app', volumeMounts };
}

type GatedPod = StoredObject & { readonly spec: { readonly schedulingGates?: unknown } };

type StoredEvent = StoredObject & {
  readonly regarding?: { readonly name: string };
  readonly eventTime: string;
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly series?: { readonly count: number };
};

function phaseIn(pod: StoredObject | undefined): string | undefined {
  const { status } = (pod ?? {}) as { readonly status?: { readonly phase?: string } };
  return status?.phase;
}

/** A volume of a pod with a Secret. */
export function volumeOf(secretName: string, optional?: true) {
  const secret = { secretName, ...(optional && { optional }) };
  return { name: secretName.slice(0, 60), secret };
}
