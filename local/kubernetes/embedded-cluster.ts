import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { startApiServer } from './server/api-server.ts';
import { type Authorize, authorizeByRules } from './access/authorization.ts';
import { createServerCertificate } from './certificates.ts';
import { startGarbageCollector } from './controllers/garbage-collector.ts';
import { type Faults, faultPlan } from './server/faults.ts';
import { createInitialNamespaces, startNamespaceController } from './controllers/namespace-controller.ts';
import { type RequestLog, requestLog } from './server/request-log.ts';
import { createStore } from './objects/store.ts';
import type { Authenticate } from './access/user-info.ts';

/**
 * A Kubernetes API on loopback, in this process: namespaces, pods, Secrets, Events, and what custom resource definitions
 * define, behind TLS. It is a subset, and what it does not have it refuses with an error that says so. There are no
 * controllers and no scheduler; all that happens by itself is that a deleted namespace is emptied, and that what was owned
 * goes with its owner.
 */
export interface EmbeddedCluster {
  readonly url: string;
  /** The authority that its certificate is verified against. */
  readonly caPem: string;
  /** The token of a cluster admin (group `system:masters`), another one at each start. */
  readonly adminToken: string;
  /** Makes requests go wrong. */
  readonly faults: Faults;
  /** What was asked, and over how many connections. */
  readonly log: RequestLog;
  /** Ends every connection at once; new ones are welcome. */
  dropConnections(): void;
  /** Forgets the past, as etcd does by and by: continue tokens and watches from before are answered with 410. */
  compactHistory(): void;
  stop(): Promise<void>;
}

export interface EmbeddedClusterOptions {
  /** What creation and deletion timestamps are read from. */
  readonly clock: Clock;
  /** Whose a token is that is not the admin's; nobody's by default. */
  readonly authenticate?: Authenticate;
  /** Who may do what; only members of `system:masters` may do anything by default. */
  readonly authorize?: Authorize;
}

/** Starts a cluster that has the namespaces of every cluster and nothing else. */
export async function startEmbeddedCluster({
  clock,
  authenticate = async () => undefined,
  authorize = authorizeByRules([]),
}: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
  const adminToken = randomUUID();
  const admin = { username: 'admin', groups: ['system:masters'] };
  const store = createStore();
  const faults = faultPlan();
  const log = requestLog();
  const certificate = await createServerCertificate();
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
    authenticate: async (token) => (token === adminToken ? admin : authenticate(token)),
  });
  return {
    ...server,
    caPem: certificate.caPem,
    adminToken,
    faults,
    log,
    compactHistory: () => store.compact(),
  };
}
