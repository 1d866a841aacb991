import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventPatternError, parseEventPattern } from '../../local/aws/eventbridge/event-pattern.ts';
import { numRuns } from '../fuzz/num-runs.ts';
import { requires } from '../support/requirements.ts';
import { anyPattern, type Case, supportedCase } from './event-patterns.ts';
import { BUILD_TIMEOUT_MS, EVENT_RULER, type Judge, startJudge } from './judge.ts';

type Answer = { match: boolean } | { error: string } | { undecided: true };

const NOT_SUPPORTED = 'Event pattern is not supported here: ';

describe('the embedded EventBridge, judged by event-ruler,', requires(EVENT_RULER.builder), () => {
  let judge: Judge<Case, Answer>;
  beforeAll(() => {
    judge = startJudge(EVENT_RULER);
  }, BUILD_TIMEOUT_MS);
  afterAll(() => judge.stop());

  it('delivers the same events', async () => {
    const verdicts = new Map<boolean | 'undecided' | 'unsupported', number>();
    const runs = numRuns(5_000);
    await fc.assert(
      fc.asyncProperty(supportedCase, async ({ pattern, event }) => {
        const matches = embeddedMatcher(pattern);
        const answer = await judge.ask({ pattern, event });
        const verdict =
          matches === undefined
            ? 'unsupported'
            : 'undecided' in answer
              ? 'undecided'
              : matches(event);
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        if (typeof verdict === 'boolean') expect(answer).toEqual({ match: verdict });
      }),
      runs,
    );
    // The cases are worth something.
    const shareOf = (verdict: 'undecided' | 'unsupported' | boolean) =>
      (verdicts.get(verdict) ?? 0) / (runs.numRuns ?? 1);
    expect(shareOf(true)).toBeGreaterThan(0.1);
    expect(shareOf(false)).toBeGreaterThan(0.1);
    expect(shareOf('unsupported')).toBeLessThan(0.1);
    expect(shareOf('undecided')).toBeLessThan(0.01);
  });

  it('rejects the same patterns with the same reasons', async () => {
    await fc.assert(
      fc.asyncProperty(anyPattern, async (pattern) => {
        const reason = reasonOfRejection(pattern);
        if (reason?.startsWith(NOT_SUPPORTED)) return;
        const answer = await judge.ask({ pattern, event: {} });
        const error = 'error' in answer ? answer.error.split('\n')[0] : undefined;
        expect(reason).toBe(
          error === undefined ? undefined : `Event pattern is not valid. Reason: ${error}`,
        );
      }),
      numRuns(5_000),
    );
  });
});

/** Returns the matcher of a valid pattern; undefined if the embedded EventBridge does not support the pattern. */
function embeddedMatcher(pattern: unknown) {
  try {
    return parseEventPattern(pattern);
  } catch (error) {
    if (error instanceof EventPatternError && error.message.startsWith(NOT_SUPPORTED)) {
      return undefined;
    }
    throw error;
  }
}

function reasonOfRejection(pattern: unknown): string | undefined {
  try {
    parseEventPattern(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof EventPatternError) return error.message;
    throw error;
  }
}
