import type { Resources } from './mutations.ts';

/** Which resource may be made before which, as CloudFormation goes by it: what one refers to, or depends on, comes first. */
export function dependenciesOf(resources: Resources): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    Object.entries(resources).map(([id, { DependsOn = [], Properties }]) => {
      const named = [...[DependsOn].flat(), ...referencesIn(Properties)];
      return [id, new Set(named.filter((one) => one in resources))];
    }),
  );
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'Fn::GetAtt' && Array.isArray(inner)) return [String(inner[0])];
    if (key === 'Fn::Sub') return namesIn(inner);
    return referencesIn(inner);
  });
}

function namesIn(sub: unknown): readonly string[] {
  const text = typeof sub === 'string' ? sub : JSON.stringify(sub);
  return [...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
}

/**
 * An order in which CloudFormation may make the resources, in which what is `eager` comes as early as it can: if something
 * comes before it there, it always does.
 */
export function earliestOrder(
  resources: Resources,
  eager: (id: string) => boolean,
): readonly string[] {
  const dependencies = dependenciesOf(resources);
  const needed = new Set(
    Object.keys(resources)
      .filter(eager)
      .flatMap((id) => closure(dependencies, id)),
  );
  const order: string[] = [];
  const isReady = (id: string) =>
    [...(dependencies.get(id) ?? [])].every((one) => order.includes(one));
  const rank = (id: string) => (eager(id) ? 0 : needed.has(id) ? 1 : 2);
  while (order.length < dependencies.size) {
    const ready = [...dependencies.keys()].filter((id) => !order.includes(id) && isReady(id));
    const [next] = ready.toSorted((one, other) => rank(one) - rank(other));
    if (next === undefined) throw new Error('resources wait for one another');
    order.push(next);
  }
  return order;
}

function closure(
  dependencies: ReadonlyMap<string, ReadonlySet<string>>,
  id: string,
): readonly string[] {
  return [...(dependencies.get(id) ?? [])].flatMap((one) => [one, ...closure(dependencies, one)]);
}
