import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  REFRESHERS_GROUP,
  SESSIONS_SERVICE_ACCOUNT,
} from '../../../contract/kubernetes/cluster-access.ts';
import {
  type AccessRule,
  authorizeByRules,
} from '../../../local/kubernetes/access/authorization.ts';
import { chartRules } from '../../../local/kubernetes/access/chart-rules.ts';
import { createServiceAccountTokens } from '../../../local/kubernetes/access/service-account-tokens.ts';
import type { UserInfo } from '../../../local/kubernetes/access/user-info.ts';
import { startGarbageCollector } from '../../../local/kubernetes/controllers/garbage-collector.ts';
import {
  createInitialNamespaces,
  startNamespaceController,
} from '../../../local/kubernetes/controllers/namespace-controller.ts';
import { ApiError } from '../../../local/kubernetes/errors/api-error.ts';
import { createStore, type Store } from '../../../local/kubernetes/objects/store.ts';
import {
  type HandlerDeps,
  handleRequest,
} from '../../../local/kubernetes/requests/handle-request.ts';
import type { BodyResponse } from '../../../local/kubernetes/requests/http-response.ts';
import type { Author, ChangeFact, Collection, TrackedObject } from '../../invariants/facts.ts';
import { awsIamRoleDefinition, DEFINITIONS } from '../../support/chart/awsiamrole-definition.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A request to the API. */
interface SimulatedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** The embedded Kubernetes API, called without a network. */
export interface SimulatedCluster {
  readonly store: Store;
  /** Answers a request of the product, with the RBAC of the chart. */
  asProduct(request: SimulatedRequest): BodyResponse;
  /** Answers a request of a cluster admin. */
  asAdmin(
    method: string,
    path: string,
    body?: object,
    contentType?: string,
    accept?: string,
  ): BodyResponse;
}

const ADMIN: UserInfo = { username: 'admin', groups: ['system:masters'] };
const REFRESHER: UserInfo = {
  username: 'refresher',
  groups: [REFRESHERS_GROUP, 'system:authenticated'],
};

const COLLECTIONS: ReadonlySet<string> = new Set(['namespaces', 'pods', 'secrets', 'events']);

/** What the chart allows with the setting `sessions`. */
const TOKEN_RULE: AccessRule = {
  group: REFRESHERS_GROUP,
  verbs: ['create'],
  apiGroups: [''],
  resources: ['serviceaccounts/token'],
  resourceNames: [SESSIONS_SERVICE_ACCOUNT],
  namespace: PRODUCT_NAMESPACE,
};

/** Reads the chart's rules and the CRD. */
export async function clusterParts() {
  const rules = [...(await chartRules()), TOKEN_RULE];
  return { authorize: authorizeByRules(rules), definition: awsIamRoleDefinition() };
}

/** Applies a JSON merge patch to an object, as a cluster admin. */
export function patch(cluster: SimulatedCluster, path: string, change: object): void {
  cluster.asAdmin('PATCH', path, change, 'application/merge-patch+json');
}

/** Creates a cluster that passes every change to `onChange`. */
export function createSimulatedCluster(
  { authorize, definition }: Awaited<ReturnType<typeof clusterParts>>,
  time: VirtualTime,
  onChange: (fact: ChangeFact) => void,
): SimulatedCluster {
  const store = createStore();
  let by: Author = 'others';
  const deps: HandlerDeps = {
    store,
    clock: time,
    authorize,
    authenticate: async () => undefined,
    tokens: createServiceAccountTokens({ store, clock: time }),
  };
  store.subscribeAll((collection, { type, object, previous }) => {
    onChange({
      kind: 'change',
      type,
      collection: collectionOf(collection),
      object: object as TrackedObject,
      previous: previous as TrackedObject | undefined,
      by,
    });
  });
  createInitialNamespaces(deps);
  startNamespaceController(deps);
  startGarbageCollector(deps);

  const answer = (user: UserInfo, request: SimulatedRequest): BodyResponse => {
    const { method, path, headers = {}, body = '' } = request;
    const response = handleRequest(deps, user, {
      method,
      url: new URL(path, 'https://cluster'),
      // Header names are case-insensitive.
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      body,
    });
    if (response.kind === 'stream')
      throw new ApiError(500, '', 'the simulation does not support watches', {});
    return response;
  };

  const cluster: SimulatedCluster = {
    store,
    asProduct(request) {
      by = 'product';
      try {
        return answer(REFRESHER, request);
      } finally {
        by = 'others';
      }
    },
    asAdmin: (method, path, body, contentType = 'application/json', accept = 'application/json') =>
      answer(ADMIN, {
        method,
        path,
        headers: { 'content-type': contentType, accept },
        body: body === undefined ? '' : JSON.stringify(body),
      }),
  };
  cluster.asAdmin('POST', DEFINITIONS, definition);
  cluster.asAdmin('POST', '/api/v1/namespaces', { metadata: { name: PRODUCT_NAMESPACE } });
  cluster.asAdmin('POST', `/api/v1/namespaces/${PRODUCT_NAMESPACE}/serviceaccounts`, {
    metadata: { name: SESSIONS_SERVICE_ACCOUNT },
  });
  return cluster;
}

function collectionOf(name: string): Collection {
  if (COLLECTIONS.has(name)) return name as Collection;
  return name.startsWith('awsiamroles') ? 'awsiamroles' : 'others';
}
