import { BUDGET } from '../../contract/budgets.ts';
import type { OverBudget } from '../../kubernetes/lists/list-budgets.ts';
import type { ItemOutcome } from '../act/item-outcome.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';

/** The namespaces that exceed a budget. */
interface Excess {
  /** Their number. */
  readonly namespacesOverBudget: number;
  /** What exceeds a budget in which of them, the greatest excess first; at most {@link MAX_REPORTED}. */
  readonly overBudget: readonly OverBudget[];
}

/** Maximum number of entries in a report, which is a line of the log. */
const MAX_REPORTED = 20;

/** Returns what exceeded a budget in a pass. */
export function summarizeExcess(
  { pods, namespaces, secrets, awsIamRoles }: ClusterView,
  outcomes: readonly ItemOutcome[],
): Excess {
  const lists = [pods, namespaces, secrets, awsIamRoles];
  const all = [...lists.flatMap(({ overBudget }) => overBudget ?? []), ...fullNamespaces(outcomes)];
  const excessOf = ({ value, budget }: OverBudget) => value / BUDGET[budget];
  return {
    namespacesOverBudget: new Set(all.map(({ namespace }) => namespace)).size,
    overBudget: all
      .toSorted((one, other) => excessOf(other) - excessOf(one))
      .slice(0, MAX_REPORTED),
  };
}

function fullNamespaces(outcomes: readonly ItemOutcome[]): readonly OverBudget[] {
  const refused = outcomes.filter(
    (outcome) => outcome.result === 'refused' && outcome.reason === 'namespace-full',
  );
  return [...Map.groupBy(refused, ({ namespace }) => namespace)].map(([namespace, { length }]) => ({
    namespace,
    resource: 'secrets',
    budget: 'secretsPerNamespace',
    value: BUDGET.secretsPerNamespace + length,
  }));
}
