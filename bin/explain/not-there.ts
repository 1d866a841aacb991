import { z } from 'zod';
import { closestName } from '../../infra/closest-name.ts';
import type { KubernetesConnection } from '../../lambda/observe/kubernetes-connection.ts';
import { getObject } from '../kubernetes/get-object.ts';

/** More are no help. */
const MOST_NAMES = 5;

const names = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

/** Names of a list that a person may have meant: those that hold what was given, as pods of a Deployment do, or are near it. */
export async function nearNames(
  connection: KubernetesConnection,
  list: string,
  given: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await getObject(connection, `${list}?limit=500`, signal);
  if (found === undefined) return [];
  const all = names.parse(found).items.map(({ metadata }) => metadata.name);
  const holding = all.filter((name) => name.includes(given));
  const closest = closestName(given, all);
  const near = new Set([...(closest === undefined ? [] : [closest]), ...holding]);
  return [...near].slice(0, MOST_NAMES);
}

/** The error for an object that is not there. */
export function notThere(what: string, namespace: string, near: readonly string[]): Error {
  const hint =
    near.length === 0 ? 'nothing there has a similar name' : `did you mean ${near.join(', ')}?`;
  return new Error(
    `there is no ${what} in namespace ${namespace}: ${hint} (another namespace: -n NAME)`,
  );
}
