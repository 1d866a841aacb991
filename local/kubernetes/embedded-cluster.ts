import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { createFaultPlan, type Faults } from '../fault-plan.ts';
import { type Authorize, authorizeByRules } from './access/authorization.ts';
import {
  createServiceAccountTokens,
  type ServiceAccountTokens,
} from './access/service-account-tokens.ts';
import type { Authenticate } from './access/user-info.ts';
import { issueServerCertificate } from './certificates.ts';
import { startGarbageCollector } from './controllers/garbage-collector.ts';
import {
  createInitialNamespaces,
  startNamespaceController,
} from './controllers/namespace-controller.ts';
import { createStore } from './objects/store.ts';
import { startApiServer } from './server/api-server.ts';
import type { FaultEffect, RequestFacts } from './server/faults.ts';
import { createRequestLog, type RequestLog } from './server/request-log.ts';

/**
 * A Kubernetes API on the loopback interface, in this process: namespaces, pods, Secrets, ServiceAccounts and their tokens,
 * Events and custom resources, over TLS. It implements a subset and answers everything else with an error that says so. It has no scheduler and two
 * controllers: one empties deleted namespaces, the other collects garbage.
 */
export interface EmbeddedCluster {
  readonly url: string;
  /** The certificate authority that signed the server's certificate. */
  readonly caPem: string;
  /** A random token of a cluster admin (group `system:masters`). */
  readonly adminToken: string;
  /** Tokens of ServiceAccounts. */
  readonly tokens: ServiceAccountTokens;
  /** Injects faults into requests. */
  readonly faults: Faults<FaultEffect, RequestFacts>;
  /** Requests and connections so far. */
  readonly log: RequestLog;
  /** Closes all connections. The server accepts new ones. */
  dropConnections(): void;
  /** Drops the history, as etcd does at intervals: older continue tokens and watches expire with 410. */
  compactHistory(): void;
  stop(): Promise<void>;
}

interface EmbeddedClusterOptions {
  /** The clock for creation and deletion timestamps. */
  readonly clock: Clock;
  /** Authenticates tokens other than the admin's. @default - rejects them */
  readonly authenticate?: Authenticate;
  /** Authorizes requests. @default - allows only members of `system:masters` */
  readonly authorize?: Authorize;
  /** Longest life of a ServiceAccount's token, in seconds. @default - none */
  readonly maxTokenSeconds?: number;
  /** The issuer of these tokens. @default - one that no other cluster has */
  readonly issuer?: string | undefined;
}

/** Starts a cluster that contains only the initial namespaces. */
export async function startEmbeddedCluster({
  clock,
  authenticate = async () => undefined,
  authorize = authorizeByRules([]),
  maxTokenSeconds,
  issuer,
}: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
  const adminToken = randomUUID();
  const admin = { username: 'admin', groups: ['system:masters'] };
  const store = createStore();
  const tokens = createServiceAccountTokens({ store, clock, maxSeconds: maxTokenSeconds, issuer });
  const faults = createFaultPlan<FaultEffect, RequestFacts>();
  const log = createRequestLog();
  const certificate = await issueServerCertificate();
  createInitialNamespaces({ store, clock });
  startNamespaceController({ store, clock });
  startGarbageCollector({ store, clock });
  const server = await startApiServer({
    store,
    clock,
    faults,
    log,
    certificate,
    authorize,
    tokens,
    authenticate: async (token) =>
      token === adminToken ? admin : ((await tokens.authenticate(token)) ?? authenticate(token)),
  });
  return {
    ...server,
    caPem: certificate.caPem,
    adminToken,
    tokens,
    faults,
    log,
    compactHistory: () => store.compact(),
  };
}
