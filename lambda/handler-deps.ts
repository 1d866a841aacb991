import { setTimeout } from 'node:timers/promises';
import { EKSClient } from '@aws-sdk/client-eks';
import { SDK_TIMEOUTS } from '../contract/limits.ts';
import { VERSION } from '../contract/version.ts';
import { connectCluster } from '../kubernetes/connection/connect-cluster.ts';
import { eksClusterEndpoint } from '../kubernetes/eks/cluster-endpoint.ts';
import { eksToken, regionalStsHost } from '../kubernetes/eks/eks-token.ts';
import { createBackOff } from './act/back-off.ts';
import { createCreationHistory } from './act/creation-history.ts';
import type { SecretApi } from './act/secrets/secret-api.ts';
import { createAssumeRole } from './act/sessions/assume-role.ts';
import { intermediateSession } from './act/sessions/intermediate-session.ts';
import { stsClientFactory } from './act/sessions/sts-client.ts';
import type { RefresherConfig } from './config.ts';
import { createMinuteCounter } from './minute-counter.ts';
import { findSecret, listSecretByName } from './observe/managed-secrets.ts';
import { createRequestObserver, observeCluster } from './observe/observe-cluster.ts';
import { listPods } from './observe/pods.ts';
import type { CallMeter } from './report/call-meter.ts';
import { createEventReporter, type EventReporterDeps } from './report/events/event-reporter.ts';
import { createStatusWriter } from './report/statuses/status-writer.ts';
import type { PassDeps } from './run-pass.ts';
import type { PodEventDeps } from './run-pod-event.ts';

/**
 * Timeout of the status writes, and of the Event writes, in milliseconds. They come last: if the API server is slow, a
 * pass ends without them.
 */
const REPORTING_TIMEOUT_MS = 10_000;

/** Dependencies of passes and pod events. */
export type HandlerDeps = PassDeps & PodEventDeps;

/** Prepares a container for pod events. */
export interface WarmUpDeps {
  /**
   * Loads what the first pod event of a container would wait for: the cluster's address, a token that the API server has
   * verified, a connection, and the code that writes Secrets. Sends one request, which reads no object.
   */
  readonly warmUp: (signal: AbortSignal) => Promise<void>;
}

/** Creates the clients of a container and the dependencies that use them. Call it once. */
export function createHandlerDeps(
  config: RefresherConfig,
  reporting: Pick<HandlerDeps, 'changeLog' | 'addMetrics' | 'addPodEventMetrics'>,
  meter: Pick<CallMeter, 'countSts' | 'countApi'>,
  eventOptions: Pick<EventReporterDeps, 'log' | 'reportingInstance'>,
): HandlerDeps & WarmUpDeps {
  const { region, clusterName, scope, policy, sessions } = config;
  const now = () => new Date();
  const createStsClient = stsClientFactory({ region, now, countCall: meter.countSts });
  const sts = createStsClient();
  const connection = connectCluster({
    endpoint: eksClusterEndpoint(
      new EKSClient({ region, requestHandler: SDK_TIMEOUTS }),
      clusterName,
    ),
    token: eksToken({
      clusterName,
      region,
      stsHost: regionalStsHost(sts, region),
      credentials: () => sts.config.credentials(),
      now,
    }),
    clusterName,
    network: config.vpcId === undefined ? undefined : { vpcId: config.vpcId, securityGroupIds: [] },
    version: VERSION,
    now,
    random: Math.random,
    countCall: meter.countApi,
    sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  });
  const { intermediateRoleArn } = sessions;
  const statuses = createStatusWriter(connection, now);
  const events = createEventReporter({ connection, now, ...eventOptions });
  let loadingSecretApi: Promise<SecretApi> | undefined;
  const secretApi = () => {
    loadingSecretApi ??= import('./act/secrets/typed-secret-api.ts').then(({ createSecretApi }) =>
      createSecretApi(connection),
    );
    return loadingSecretApi;
  };

  return {
    ...reporting,
    now,
    policy,
    sessions,
    clusterName,
    scope,
    refreshBeforeSeconds: config.refreshBeforeSeconds,
    secretMetadata: config.secretMetadata,
    observe: (phase, signal) => observeCluster(connection, { phase, scope, signal }),
    lookUpSecret: (secret, signal) =>
      listSecretByName(connection, { ...secret, freshness: 'any' }, signal),
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
              connect: createStsClient,
              now,
            }),
      sessions,
      clusterName,
      policy,
      now,
    }),
    secretApi,
    async warmUp(signal) {
      await Promise.all([
        connection.send({ method: 'GET', path: '/version', signal }),
        secretApi(),
      ]);
    },
    findSecret: (namespace, name, signal) => findSecret(connection, namespace, name, signal),
    listPodsOf: (namespace, signal) =>
      listPods(connection, { phase: 'live', scope: { only: [namespace], except: [] }, signal }),
    backOff: createBackOff(),
    creations: createCreationHistory(),
    requestCounts: createMinuteCounter(),
    statusWriter: {
      write: (outcomes, signal) => statuses.write(outcomes, withReportingTimeout(signal)),
    },
    eventReporter: {
      report: (outcomes, ignored, signal) =>
        events.report(outcomes, ignored, withReportingTimeout(signal)),
    },
  };
}

function withReportingTimeout(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(REPORTING_TIMEOUT_MS)]);
}
