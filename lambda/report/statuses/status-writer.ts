import pMap from 'p-map';
import { AWSIAMROLE } from '../../../contract/awsiamrole.ts';
import { FIELD_MANAGER } from '../../../contract/cluster-access.ts';
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { apiPathOf } from '../../../kubernetes/lists/api-object.ts';
import type { ItemOutcome } from '../../act/item-outcome.ts';
import type { ObservedAwsIamRole } from '../../observe/awsiamroles.ts';
import { awsIamRoleStatus, type WrittenStatus } from './awsiamrole-status.ts';

/** Writes what came of AWSIAMRoles into their status. */
export interface StatusWriter {
  /**
   * Returns why writes failed, each reason once; after ten failures it is left to a later run, which writes whatever is
   * not as it should be.
   */
  write(outcomes: readonly ItemOutcome[], signal: AbortSignal): Promise<readonly string[]>;
}

/** Beside what pods wait for, and after it. */
const CONCURRENCY = 8;

/** Statuses that are remembered; then it begins anew. */
const MAX_ENTRIES = 10_000;

/** Where nothing can be written, a run says so and does not try it for thousands. */
const MAX_FAILURES = 10;

/** What is gone, or was made anew under its name, needs no status. */
const IGNORED_STATUSES: ReadonlySet<number> = new Set([404, 409]);

/**
 * Makes the writer of a container. It remembers what it wrote: where the CRD is an older one, the server leaves out what
 * that does not know, and the same would be written every minute.
 */
export function createStatusWriter(
  connection: KubernetesConnection,
  now: () => Date,
): StatusWriter {
  const written = new Map<string, string>();

  async function writeOne(
    resource: ObservedAwsIamRole,
    status: WrittenStatus,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const wanted = { ...status, conditions: status.conditions?.map(withoutTime) };
    // With what is there: somebody else may have written it over.
    const text = JSON.stringify([resource.status, wanted]);
    if (written.get(resource.uid) === text) return undefined;
    try {
      const response = await connection.send(patchRequest(resource, status, signal));
      if (response.status !== 200 && !IGNORED_STATUSES.has(response.status)) {
        return apiErrorOf(response).message;
      }
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    if (written.size >= MAX_ENTRIES) written.clear();
    written.set(resource.uid, text);
    return undefined;
  }

  return {
    async write(outcomes, signal) {
      const reasons = new Set<string>();
      let failures = 0;
      await pMap(
        outcomes,
        async (outcome) => {
          const status = awsIamRoleStatus(outcome, now());
          if (outcome.awsIamRole === undefined || status === undefined) return;
          if (failures >= MAX_FAILURES) return;
          const reason = await writeOne(outcome.awsIamRole, status, signal);
          if (reason === undefined) return;
          failures += 1;
          reasons.add(reason);
        },
        { concurrency: CONCURRENCY },
      );
      return [...reasons];
    },
  };
}

/** With the uid in it, the server refuses the patch for any resource but the one that was read. */
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
