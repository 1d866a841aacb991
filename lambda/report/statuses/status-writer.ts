import pMap from 'p-map';
import { BUDGET } from '../../../contract/budgets.ts';
import { errorMessageOf } from '../../../contract/errors.ts';
import { HTTP_STATUS } from '../../../contract/http-status.ts';
import { AWSIAMROLE } from '../../../contract/kubernetes/awsiamrole.ts';
import { FIELD_MANAGER } from '../../../contract/kubernetes/cluster-access.ts';
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { apiPathOf } from '../../../kubernetes/lists/api-object.ts';
import type { ItemOutcome } from '../../act/item-outcome.ts';
import { createNamespaceMemory } from '../../namespace-memory.ts';
import type { ObservedAwsIamRole } from '../../observe/awsiamroles.ts';
import { inTurns } from '../../turns.ts';
import { awsIamRoleStatus, type WrittenStatus } from './awsiamrole-status.ts';

/** Writes outcomes into the status of AWSIAMRoles. */
export interface StatusWriter {
  /**
   * Updates each status that differs; namespaces take turns. Returns the messages of failed writes, without duplicates.
   * Stops in a namespace after ten failures or when its writes have taken too long, and after failures in ten namespaces; a
   * later pass writes the rest.
   */
  write(outcomes: readonly ItemOutcome[], signal: AbortSignal): Promise<readonly string[]>;
}

/** How long the writes in each namespace have taken in a pass, in milliseconds. */
type SpentTime = Map<string, number>;

/** Maximum number of concurrent writes. Statuses come after everything that pods wait for. */
const CONCURRENCY = 8;

/**
 * Maximum number of failures in a namespace, and of namespaces with failures, in a pass. An unreachable server is not tried
 * again for thousands of AWSIAMRoles.
 */
const MAX_FAILURES = 10;

/** The AWSIAMRole was deleted (404), or deleted and recreated (409), so it needs no status. */
const IGNORED_STATUSES: ReadonlySet<number> = new Set([HTTP_STATUS.notFound, HTTP_STATUS.conflict]);

/**
 * Creates the status writer of a container. It remembers what it wrote: an older CRD drops fields that it does not know, and
 * the same status would otherwise be written every minute.
 */
export function createStatusWriter(
  connection: KubernetesConnection,
  now: () => Date,
): StatusWriter {
  const written = createNamespaceMemory<string>();

  async function writeOne(
    resource: ObservedAwsIamRole,
    status: WrittenStatus,
    spent: SpentTime,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const desired = { ...status, conditions: status.conditions?.map(withoutTime) };
    // Includes the current status, because another client may have overwritten it.
    const text = JSON.stringify([resource.status, desired]);
    const { namespace, uid } = resource;
    if (written.get(namespace, uid) === text) return undefined;
    if ((spent.get(namespace) ?? 0) >= BUDGET.statusMsPerNamespace) return undefined;
    const startedAt = now().getTime();
    try {
      const response = await connection.send(patchRequest(resource, status, signal));
      if (response.status !== HTTP_STATUS.ok && !IGNORED_STATUSES.has(response.status)) {
        return apiErrorOf(response).message;
      }
    } catch (error) {
      return errorMessageOf(error);
    } finally {
      const durationMs = now().getTime() - startedAt;
      spent.set(namespace, (spent.get(namespace) ?? 0) + durationMs);
    }
    written.set(namespace, uid, text);
    return undefined;
  }

  async function writeOutcome(
    outcome: ItemOutcome,
    spent: SpentTime,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const status = awsIamRoleStatus(outcome, now());
    return outcome.awsIamRole === undefined || status === undefined
      ? undefined
      : writeOne(outcome.awsIamRole, status, spent, signal);
  }

  return {
    async write(outcomes, signal) {
      const reasons = new Set<string>();
      const failures = new Map<string, number>();
      const spent: SpentTime = new Map();
      await pMap(
        inTurns(outcomes, ({ namespace }) => namespace),
        async (outcome) => {
          const { namespace } = outcome;
          if (failures.size >= MAX_FAILURES) return;
          if ((failures.get(namespace) ?? 0) >= MAX_FAILURES) return;
          const reason = await writeOutcome(outcome, spent, signal);
          if (reason === undefined) return;
          failures.set(namespace, (failures.get(namespace) ?? 0) + 1);
          reasons.add(reason);
        },
        { concurrency: CONCURRENCY },
      );
      return [...reasons];
    },
  };
}

/** Creates the patch. Its uid makes the server reject it for any other resource of the same name. */
function patchRequest(
  { namespace, name, uid }: ObservedAwsIamRole,
  status: WrittenStatus,
  signal: AbortSignal,
) {
  const path = `${apiPathOf(AWSIAMROLE.plural)}/namespaces/${namespace}/${AWSIAMROLE.plural}/${name}`;
  return {
    method: 'PATCH',
    path: `${path}/status?fieldManager=${FIELD_MANAGER}`,
    headers: { 'content-type': 'application/merge-patch+json', accept: 'application/json' },
    body: JSON.stringify({ metadata: { uid }, status }),
    signal,
  } as const;
}

function withoutTime<T extends { readonly lastTransitionTime: string }>({
  lastTransitionTime: _,
  ...rest
}: T) {
  return rest;
}
