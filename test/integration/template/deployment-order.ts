import type { Resources } from './resources.ts';

/** Returns the resources that CloudFormation creates before each resource: those that it refers to or depends on. */
function dependenciesOf(resources: Resources): ReadonlyMap<string, ReadonlySet<string>> {
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
 * Returns an order in which CloudFormation may create the resources, with the `eager` ones as early as possible: a resource
 * that precedes them in this order precedes them in every order.
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
    if (next === undefined) throw new Error('the resources depend on each other in a cycle');
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
