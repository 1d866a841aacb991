import { RE2JS } from 're2js';

/** Longest expression that is compiled, in characters; a whole annotation could hold one of 256 KiB. */
const LONGEST_EXPRESSION = 512;
/**
 * The most instructions that all expressions of an annotation may become; some 14 whole ARNs or 60 names. A match takes
 * time in proportion to them and to the ARN: some 10 ms of the worst kind.
 */
const MOST_INSTRUCTIONS = 1_000;
/** What the counts of an expression may add up to: each instruction that they repeat is compiled as often. */
const MOST_REPEATED = 250;

/**
 * What takes long to compile, and no role needs: a count after a group, for counts multiply where groups are in one another
 * (500 characters became 480,000 instructions in 280 ms), and classes of Unicode, for ARNs are ASCII. It also finds
 * some harmless ones, such as `\){2}`.
 */
const COSTLY = /\)\{|\\p/i;
const COUNT = /\{(\d+)(?:,(\d*))?\}/g;

/** A regular expression that can be run on anything that a tenant writes. */
export interface BoundedExpression {
  /** Whether the whole text matches. */
  matches(text: string): boolean;
  /** Whether what begins at `start` matches, with anything after it. */
  matchesFrom(text: string, start: number): boolean;
}

/**
 * Compiles the expressions of one annotation on RE2, which takes linear time and refuses what only backtracking can do.
 * Compiling takes a few milliseconds at most, and so does a match: whoever writes an annotation cannot hang a run.
 *
 * @returns the expressions, or what is wrong with them, in words that quote nothing
 */
export function compileBounded(
  sources: readonly string[],
): readonly BoundedExpression[] | { readonly malformed: string } {
  const compiled: RE2JS[] = [];
  let instructions = 0;
  for (const source of sources) {
    if (source.length > LONGEST_EXPRESSION) {
      return { malformed: `has an expression of more than ${LONGEST_EXPRESSION} characters` };
    }
    if (COSTLY.test(source) || repeated(source) > MOST_REPEATED) {
      return {
        malformed: `is too complex: a count such as {2} may not follow a group, counts may add up to ${MOST_REPEATED}, and \\p is not taken`,
      };
    }
    const expression = compile(source);
    if (expression === undefined) {
      return { malformed: 'has an expression that is none of the RE2 syntax' };
    }
    instructions += expression.programSize();
    if (instructions > MOST_INSTRUCTIONS) {
      return { malformed: 'is too complex; make it shorter, with smaller counts' };
    }
    compiled.push(expression);
  }
  return compiled.map(boundedExpression);
}

function repeated(source: string): number {
  let sum = 0;
  for (const [, least, most] of source.matchAll(COUNT)) sum += Number(most || least);
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
      // The leftmost match is found, so one that begins at the place is.
      const matcher = expression.matcher(text);
      return matcher.find(start) && matcher.start() === start;
    },
  };
}
