import { z } from 'zod';
import { closestName } from '../../../contract/closest-name.ts';
import type { ConnectedCluster } from '../../cluster/with-cluster.ts';
import { getObject } from '../../kubeconfig/get-object.ts';

/** Namespace and name of an object. */
export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

/** An object that does not exist. */
interface MissingObject extends NamespacedName {
  readonly kind: string;
  /** Path of the list for its kind in its namespace. */
  readonly list: string;
}

/** Returns the error for an object that does not exist, with similar names if the user is authorized to list them. */
export async function notFound(
  { connection, signal }: Pick<ConnectedCluster, 'connection' | 'signal'>,
  { kind, namespace, name, list }: MissingObject,
): Promise<Error> {
  const page = await getObject(connection, `${list}?limit=${MAX_LISTED}`, signal).catch(() => {});
  const hint = page === undefined ? '.' : `: ${hintFrom(page, name)}`;
  return new Error(
    `${kind} ${name} does not exist in namespace ${namespace}${hint} Use -n NAME for another namespace.`,
  );
}

/** Number of objects whose names are compared. */
const MAX_LISTED = 500;
const MAX_SUGGESTIONS = 5;

const listPage = z.object({
  metadata: z.object({ continue: z.string().default('') }).default({ continue: '' }),
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
});

function hintFrom(page: unknown, name: string): string {
  const { metadata, items } = listPage.parse(page);
  const similar = similarNames(
    name,
    items.map((item) => item.metadata.name),
  );
  if (similar.length > 0) return `did you mean ${similar.join(', ')}?`;
  const among = metadata.continue === '' ? '' : ` among the first ${items.length}`;
  return `no similar name${among}.`;
}

/** Returns the closest name, and names that contain `name`, as those of a Deployment's pods do. */
function similarNames(name: string, all: readonly string[]): readonly string[] {
  const closest = closestName(name, all);
  const containing = all.filter((one) => one.includes(name));
  return [...new Set([...(closest === undefined ? [] : [closest]), ...containing])].slice(
    0,
    MAX_SUGGESTIONS,
  );
}
