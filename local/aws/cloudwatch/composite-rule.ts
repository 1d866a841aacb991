import type { AlarmState } from './evaluate-alarm.ts';

/** The rule of a composite alarm that CloudWatch would reject, or that the embedded CloudWatch does not support. */
class CompositeRuleError extends Error {
  override readonly name = 'CompositeRuleError';
}

/** A parsed rule. */
interface CompositeRule {
  /** Names or ARNs of the alarms that it refers to. */
  readonly alarms: readonly string[];
  /** Whether it is true for the states of the alarms. */
  holds(stateOf: (alarm: string) => AlarmState): boolean;
}

type Holds = CompositeRule['holds'];

const TOKEN = /\s*(\(|\)|"[^"]*"|[^\s()"]+)/y;
const STATES: readonly AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** Parses a rule, e.g. `ALARM("a") AND NOT OK("b")`. AND has precedence over OR. @throws CompositeRuleError */
export function parseCompositeRule(text: string): CompositeRule {
  const tokens = tokenize(text);
  const alarms: string[] = [];
  let position = 0;

  function fail(): never {
    const found = tokens[position] ?? 'end';
    throw new CompositeRuleError(`rule ${text} is invalid: unexpected ${found}`);
  }
  function accept(token: string): boolean {
    if (tokens[position] !== token) return false;
    position += 1;
    return true;
  }

  function parseOr(): Holds {
    const parts = [parseAnd()];
    while (accept('OR')) parts.push(parseAnd());
    return (stateOf) => parts.some((holds) => holds(stateOf));
  }

  function parseAnd(): Holds {
    const parts = [parseNot()];
    while (accept('AND')) parts.push(parseNot());
    return (stateOf) => parts.every((holds) => holds(stateOf));
  }

  function parseNot(): Holds {
    if (!accept('NOT')) return parseOperand();
    const inner = parseNot();
    return (stateOf) => !inner(stateOf);
  }

  function parseOperand(): Holds {
    if (accept('TRUE')) return () => true;
    if (accept('FALSE')) return () => false;
    if (accept('(')) return closed(parseOr());
    const state = STATES.find(accept);
    if (state === undefined || !accept('(')) return fail();
    const alarm = tokens[position]?.replace(/^"|"$/g, '') ?? fail();
    position += 1;
    alarms.push(alarm);
    return closed((stateOf) => stateOf(alarm) === state);
  }

  const closed = (holds: Holds): Holds => (accept(')') ? holds : fail());

  const holds = parseOr();
  if (position < tokens.length) fail();
  return { alarms, holds };
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  const pattern = new RegExp(TOKEN);
  const whole = text.trimEnd();
  while (pattern.lastIndex < whole.length) {
    const token = pattern.exec(whole)?.[1];
    if (token === undefined)
      throw new CompositeRuleError(`rule ${text} is invalid: unterminated quote`);
    tokens.push(token);
  }
  return tokens;
}
