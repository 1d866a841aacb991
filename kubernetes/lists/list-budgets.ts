import { BUDGET, type BudgetKey } from '../../contract/budgets.ts';

/** A budget that objects of a namespace exceed. */
export interface OverBudget {
  readonly namespace: string;
  /** The resource of the objects, as in paths. */
  readonly resource: string;
  readonly budget: BudgetKey;
  /** The largest value: the length of a text, or a number of objects or names. */
  readonly value: number;
}

/** Counts what one list keeps of each namespace, and collects what exceeds a budget. */
export interface ListBudgets {
  /** Records that an object of the namespace exceeds a budget and was cut. */
  exceed(namespace: string, budget: BudgetKey, value: number): void;
  /** The same where names or objects were left out, so that the list is incomplete in the namespace. */
  leaveOut(namespace: string, budget: BudgetKey, value: number): void;
  /** Counts one object against a budget of the namespace. Returns false, and leaves it out, if the budget is used up. */
  take(namespace: string, budget: BudgetKey): boolean;
  /**
   * Returns a text; if it exceeds its budget, a copy of its beginning: one character more than the budget, so that it is
   * recognized.
   */
  keepText(namespace: string, budget: BudgetKey, text: string): string;
  /**
   * Returns the copy of a name that the list keeps, so that equal names of a thousand pods take the memory of one;
   * undefined if the namespace has too many names.
   */
  keepName(namespace: string, name: string): string | undefined;
  /** What exceeds a budget, one entry for each namespace and budget. */
  readonly overBudget: readonly OverBudget[];
  /** The namespaces of which something was left out. */
  readonly cutIn: ReadonlySet<string>;
}

/** Creates the budgets of one list. */
export function createListBudgets(resource: string): ListBudgets {
  const counts = new Map<string, number>();
  const names = new Map<string, Map<string, string>>();
  const exceeded = new Map<string, OverBudget>();
  const cutIn = new Set<string>();

  function exceed(namespace: string, budget: BudgetKey, value: number): void {
    const key = `${namespace} ${budget}`;
    if ((exceeded.get(key)?.value ?? 0) < value)
      exceeded.set(key, { namespace, resource, budget, value });
  }

  function leaveOut(namespace: string, budget: BudgetKey, value: number): void {
    exceed(namespace, budget, value);
    cutIn.add(namespace);
  }

  function take(namespace: string, budget: BudgetKey): boolean {
    const key = `${namespace} ${budget}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count <= BUDGET[budget]) return true;
    leaveOut(namespace, budget, count);
    return false;
  }

  return {
    exceed,
    leaveOut,
    take,
    keepText(namespace, budget, text) {
      if (text.length > BUDGET[budget]) exceed(namespace, budget, text.length);
      return truncatedCopy(text, BUDGET[budget] + 1);
    },
    keepName(namespace, name) {
      const known = names.get(namespace) ?? new Map<string, string>();
      names.set(namespace, known);
      const kept = known.get(name);
      if (kept !== undefined) return kept;
      if (!take(namespace, 'secretNamesPerNamespace')) return undefined;
      known.set(name, name);
      return name;
    },
    get overBudget() {
      return [...exceeded.values()];
    },
    cutIn,
  };
}

/** Truncates a text. The result is a copy: V8 keeps the whole text in memory for a slice of it. */
export function truncatedCopy(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : Buffer.from(text.slice(0, maxLength)).toString();
}
