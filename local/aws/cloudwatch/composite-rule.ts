import type { AlarmState } from './evaluate-alarm.ts';

/** The rule of a composite alarm that CloudWatch would refuse, or that says something which is not evaluated here. */
export class CompositeRuleError extends Error {
  override readonly name = 'CompositeRuleError';
}

/** A checked rule. */
export interface CompositeRule {
  /** Names or ARNs of the alarms that it looks at. */
  readonly alarms: readonly string[];
  /** Whether it holds, given the states of the alarms. */
  holds(stateOf: (alarm: string) => AlarmState): boolean;
}

type Holds = CompositeRule['holds'];

const TOKEN = /\s*(\(|\)|"[^"]*"|[^\s()"]+)/y;
const STATES: readonly AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** The rule in `text`, e.g. `ALARM("a") AND NOT OK("b")`. AND binds closer than OR. @throws CompositeRuleError */
export function parseCompositeRule(text: string): CompositeRule {
  const tokens = tokenize(text);
  const alarms: string[] = [];
  let position = 0;

  function fail(): never {
    const found = tokens[position] ?? 'its end';
    throw new CompositeRuleError(`rule ${text} cannot be read: ${found} is not expected there`);
  }
  function takes(token: string): boolean {
    if (tokens[position] !== token) return false;
    position += 1;
    return true;
  }

  function parseOr(): Holds {
    const parts = [parseAnd()];
    while (takes('OR')) parts.push(parseAnd());
    return (stateOf) => parts.some((holds) => holds(stateOf));
  }

  function parseAnd(): Holds {
    const parts = [parseNot()];
    while (takes('AND')) parts.push(parseNot());
    return (stateOf) => parts.every((holds) => holds(stateOf));
  }

  function parseNot(): Holds {
    if (!takes('NOT')) return parseOperand();
    const inner = parseNot();
    return (stateOf) => !inner(stateOf);
  }

  function parseOperand(): Holds {
    if (takes('TRUE')) return () => true;
    if (takes('FALSE')) return () => false;
    if (takes('(')) return closed(parseOr());
    const state = STATES.find(takes);
    if (state === undefined || !takes('(')) return fail();
    const alarm = tokens[position]?.replace(/^"|"$/g, '') ?? fail();
    position += 1;
    alarms.push(alarm);
    return closed((stateOf) => stateOf(alarm) === state);
  }

  const closed = (holds: Holds): Holds => (takes(')') ? holds : fail());

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
    if (token === undefined) throw new CompositeRuleError(`rule ${text} has an open quote`);
    tokens.push(token);
  }
  return tokens;
}
