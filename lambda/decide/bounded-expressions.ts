import { RE2JS } from 're2js';
import { BUDGET } from '../../contract/budgets.ts';

/**
 * Syntax that takes long to compile and that no role needs: a count after a group, because the counts of nested groups
 * multiply (500 characters became 480,000 instructions in 280 ms), and Unicode classes, because ARNs are ASCII. Also
 * matches some harmless expressions, such as `\){2}`.
 */
const COSTLY_SYNTAX = /\)\{|\\p/i;
const COUNT = /\{(\d+)(?:,(\d*))?\}/g;

/** A compiled regular expression that is safe to run on any text. */
interface BoundedExpression {
  /** Whether it matches the whole text. */
  matches(text: string): boolean;
  /** Whether it matches at `start`, whatever follows. */
  matchesFrom(text: string, start: number): boolean;
}

/**
 * Compiles the expressions of one annotation with RE2, which matches in linear time and rejects syntax that requires
 * backtracking. Compiling and matching take a few milliseconds at most, so that no annotation can stall a pass.
 *
 * @returns the expressions, or the problem, without a quotation from them
 */
export function compileBounded(
  sources: readonly string[],
): readonly BoundedExpression[] | { readonly malformed: string } {
  const compiled: RE2JS[] = [];
  let programSize = 0;
  for (const source of sources) {
    if (source.length > BUDGET.expressionLength) {
      return {
        malformed: `contains an expression of more than ${BUDGET.expressionLength} characters`,
      };
    }
    if (COSTLY_SYNTAX.test(source) || repetitionsOf(source) > BUDGET.expressionRepetitions) {
      return {
        malformed: `is too complex: do not use \\p, or a count such as {2} after a group, and let all counts add up to at most ${BUDGET.expressionRepetitions}`,
      };
    }
    const expression = compile(source);
    if (expression === undefined) {
      return { malformed: 'contains an expression that is not valid RE2 syntax' };
    }
    programSize += expression.programSize();
    if (programSize > BUDGET.expressionInstructions) {
      return { malformed: 'is too complex: shorten it, or use smaller counts' };
    }
    compiled.push(expression);
  }
  return compiled.map(boundedExpression);
}

function repetitionsOf(source: string): number {
  let sum = 0;
  for (const [, min, max] of source.matchAll(COUNT)) sum += Number(max || min);
  return sum;
}

function compile(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}

function boundedExpression(expression: RE2JS): BoundedExpression {
  return {
    matches: (text) => expression.matches(text),
    matchesFrom(text, start) {
      // `find` returns the leftmost match, so it returns one at `start` if there is any.
      const matcher = expression.matcher(text);
      return matcher.find(start) && matcher.start() === start;
    },
  };
}
