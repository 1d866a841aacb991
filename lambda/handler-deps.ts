import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { EKSClient } from '@aws-sdk/client-eks';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { VERSION } from '../contract/version.ts';
import { connectCluster } from '../kubernetes/connection/connect-cluster.ts';
import { eksClusterEndpoint } from '../kubernetes/eks/cluster-endpoint.ts';
import { eksToken, regionalStsHost } from '../kubernetes/eks/eks-token.ts';
import { createBackOff } from './act/back-off.ts';
import { CONCURRENCY } from './act/run-plan.ts';
import type { SecretApi } from './act/secrets/secret-api.ts';
import { createAssumeRole } from './act/sessions/assume-role.ts';
import { intermediateSession } from './act/sessions/intermediate-session.ts';
import { countStsCalls, idleSocketsDropped, STS_RETRIES } from './act/sessions/sts-client.ts';
import type { RefresherConfig } from './config.ts';
import { findSecret } from './observe/managed-secrets.ts';
import { observeCluster, createRequestObserver } from './observe/observe-cluster.ts';
import { listPods } from './observe/pods.ts';
import type { CallMeter } from './report/call-meter.ts';
import { createEventReporter, type EventReporterDeps } from './report/events/event-reporter.ts';
import { createStatusWriter } from './report/statuses/status-writer.ts';
import type { PassDeps } from './run-pass.ts';
import type { PodEventDeps } from './run-pod-event.ts';

/** A call to AWS that takes longer is tried again; pods wait for it. In milliseconds. */
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/** Statuses and Events come last. With an API server that is busy, a run ends without them rather than late. */
const LONGEST_TELLING_MILLISECONDS = 10_000;

function briefly(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(LONGEST_TELLING_MILLISECONDS)]);
}

/** What the functions need of the outside. */
export type HandlerDeps = PassDeps & PodEventDeps;

/** Makes the real clients, once per container, and from them what runs and pod events need. */
export function createHandlerDeps(
  config: RefresherConfig,
  report: Pick<HandlerDeps, 'changeLog' | 'addMetrics' | 'addPodEventMetrics'>,
  meter: Pick<CallMeter, 'countSts' | 'countApi'>,
  telling: Pick<EventReporterDeps, 'log' | 'reportingInstance'>,
): HandlerDeps {
  const { region, clusterName, scope, policy, sessions } = config;
  const now = () => new Date();
  const eks = new EKSClient({ region, requestHandler: TIMEOUTS });
  const sockets = { maxSockets: CONCURRENCY, keepAlive: true };
  const agents = { httpAgent: new HttpAgent(sockets), httpsAgent: new HttpsAgent(sockets) };
  const connectSts = (caller: Pick<STSClientConfig, 'credentials'> = {}) =>
    countStsCalls(
      new STSClient({
        region,
        ...STS_RETRIES,
        requestHandler: { ...TIMEOUTS, ...agents },
        ...caller,
      }),
      meter.countSts,
    );
  const sts = connectSts();
  const { intermediateRoleArn } = sessions;
  const connection = connectCluster({
    endpoint: eksClusterEndpoint(eks, clusterName),
    token: eksToken({
      clusterName,
      region,
      stsHost: regionalStsHost(sts, region),
      credentials: () => sts.config.credentials(),
      now,
    }),
    clusterName,
    version: VERSION,
    now,
    random: Math.random,
    countCall: meter.countApi,
    sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  });
  const statuses = createStatusWriter(connection, now);
  const events = createEventReporter({ connection, now, ...telling });
  let secretApi: Promise<SecretApi> | undefined;

  return {
    ...report,
    now,
    policy,
    refreshBeforeSeconds: config.refreshBeforeSeconds,
    observe: (phase, signal) => observeCluster({ connection }, { phase, scope, signal }),
    scope,
    observeRequests: (signal) => createRequestObserver(connection, signal),
    assumeRole: createAssumeRole({
      sts,
      intermediate:
        intermediateRoleArn === undefined
          ? undefined
          : intermediateSession({
              sts,
              roleArn: intermediateRoleArn,
              clusterName,
              connect: (credentials) => connectSts({ credentials }),
              now,
            }),
      settings: sessions,
      clusterName,
      forwarderRoleArn: policy.forwarderRoleArn,
      now,
      beforeCall: idleSocketsDropped(Object.values(agents), now),
    }),
    secretApi: () => {
      secretApi ??= import('./act/secrets/typed-secret-api.ts').then(({ createSecretApi }) =>
        createSecretApi(connection),
      );
      return secretApi;
    },
    findSecret: (namespace, name, signal) => findSecret(connection, namespace, name, signal),
    listPodsOf: (namespace, signal) =>
      listPods(connection, { phase: 'live', scope: { only: [namespace], except: [] }, signal }),
    backOff: createBackOff(),
    statusWriter: {
      write: (outcomes, signal) => statuses.write(outcomes, briefly(signal)),
    },
    eventReporter: {
      report: (outcomes, ignored, signal) => events.report(outcomes, ignored, briefly(signal)),
    },
  };
}
