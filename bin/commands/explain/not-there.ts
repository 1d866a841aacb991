import { z } from 'zod';
import { closestName } from '../../../contract/closest-name.ts';
import { getObject } from '../../kubeconfig/get-object.ts';
import type { OpenCluster } from '../../kubeconfig/with-cluster.ts';

/** An object that was asked for. */
export interface Missing {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The path of the list that it would be in. */
  readonly list: string;
}

/** The error for an object that is not there, with names that a person may have meant, where those may be listed. */
export async function notThere(
  { connection, signal }: Pick<OpenCluster, 'connection' | 'signal'>,
  { kind, namespace, name, list }: Missing,
): Promise<Error> {
  // Whoever may get an object may not list them, perhaps; that it is not there is known all the same.
  const found = await getObject(connection, `${list}?limit=${MOST_LISTED}`, signal).catch(() => {});
  const hint = found === undefined ? '' : `: ${hintFrom(found, name)}`;
  return new Error(
    `there is no ${kind} ${name} in namespace ${namespace}${hint} (another namespace: -n NAME)`,
  );
}

/** How many are looked through. */
const MOST_LISTED = 500;

/** More are no help. */
const MOST_NAMES = 5;

const page = z.object({
  metadata: z.object({ continue: z.string().default('') }).default({ continue: '' }),
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
});

function hintFrom(list: unknown, given: string): string {
  const { metadata, items } = page.parse(list);
  const near = nearNames(
    given,
    items.map((item) => item.metadata.name),
  );
  if (near.length > 0) return `did you mean ${near.join(', ')}?`;
  const among = metadata.continue === '' ? '' : ` among the first ${items.length}`;
  return `nothing there${among} has a similar name`;
}

/** Names that hold what was given, as pods of a Deployment do, or are near it. */
function nearNames(given: string, all: readonly string[]): readonly string[] {
  const closest = closestName(given, all);
  const holding = all.filter((name) => name.includes(given));
  return [...new Set([...(closest === undefined ? [] : [closest]), ...holding])].slice(
    0,
    MOST_NAMES,
  );
}
