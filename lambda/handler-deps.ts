import type { STSClient } from '@aws-sdk/client-sts';
import type { KubernetesConnection } from '../kubernetes/kubernetes-connection.ts';
import type { LoginReport } from '../kubernetes/login/maintain-login.ts';
import { createBackOff } from './act/back-off.ts';
import { createCreationHistory } from './act/creation-history.ts';
import type { SecretApi } from './act/secrets/secret-api.ts';
import { createAssumeRole } from './act/sessions/assume-role.ts';
import { intermediateSession } from './act/sessions/intermediate-session.ts';
import type { stsClientFactory } from './act/sessions/sts-client.ts';
import { webIdentityToken } from './act/sessions/web-identity-token.ts';
import type { RefresherConfig } from './config.ts';
import { createMinuteCounter } from './minute-counter.ts';
import { findSecret, listSecretByName } from './observe/managed-secrets.ts';
import { createRequestObserver, observeCluster } from './observe/observe-cluster.ts';
import { listPods } from './observe/pods.ts';
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

/** How a container reaches the cluster and AWS. */
export interface Clients {
  readonly connection: KubernetesConnection;
  /** Rotates the login to the cluster when it is due; absent if there is none to maintain. */
  readonly maintainLogin?: (signal: AbortSignal) => Promise<LoginReport | undefined>;
  /** STS with the refresher's own credentials. */
  readonly sts: STSClient;
  /** Creates an STS client with other credentials. */
  readonly createStsClient: ReturnType<typeof stsClientFactory>;
  /** Loads the module that writes Secrets over the connection. */
  readonly loadSecretApi: () => Promise<SecretApi>;
}

/** Creates the dependencies of a container, which use its clients. Call it once. */
export function createHandlerDeps(
  config: RefresherConfig,
  clients: Clients,
  reporting: Pick<HandlerDeps, 'changeLog' | 'addMetrics' | 'addPodEventMetrics'>,
  eventOptions: Pick<EventReporterDeps, 'log' | 'reportingInstance'>,
): HandlerDeps & WarmUpDeps {
  const { clusterName, scope, policy, sessions } = config;
  const { connection, sts, createStsClient } = clients;
  const now = () => new Date();
  const { intermediateRoleArn } = sessions;
  const statuses = createStatusWriter(connection, now);
  const events = createEventReporter({ connection, now, ...eventOptions });
  let loadingSecretApi: Promise<SecretApi> | undefined;
  const secretApi = () => {
    loadingSecretApi ??= clients.loadSecretApi();
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
      identityToken: sessions.source === 'oidc' ? webIdentityToken({ connection, now }) : undefined,
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
