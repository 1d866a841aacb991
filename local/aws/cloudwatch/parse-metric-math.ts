/** An expression of metric math that CloudWatch would refuse, or that says something which is not evaluated here. */
export class MetricMathError extends Error {
  override readonly name = 'MetricMathError';
}

/** A part of an expression. */
export type MathNode =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly operands: Operands }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly operands: readonly MathNode[] };

type Operands = readonly [MathNode, MathNode];

/** A checked expression. */
export interface MetricMath {
  readonly root: MathNode;
  /** The queries that it is over, each once. */
  readonly ids: readonly string[];
}

/** By how tightly they bind, the loosest first. */
const OPERATORS = [
  ['OR'],
  ['AND'],
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
] as const;

export type Operator = (typeof OPERATORS)[number][number];

/** What the product's expressions use, with the fewest and the most arguments. */
const FUNCTIONS = { FILL: [2, 2], IF: [2, 3] } as const;

export type FunctionName = keyof typeof FUNCTIONS;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z]\w*)|(==|!=|<=|>=|[-+*/<>(),]))/y;

/**
 * The expression in `text`.
 * @throws MetricMathError naming a function that is not known here, or where the expression cannot be read on.
 */
export function parseMetricMath(text: string): MetricMath {
  const tokens = tokenize(text);
  let position = 0;

  const next = () => tokens[position];
  const fail = (what: string): never => {
    throw new MetricMathError(`${JSON.stringify(text)} is no metric math: ${what}`);
  };
  function take(token: string): void {
    if (next() !== token) fail(`${token} is missing before ${next() ?? 'its end'}`);
    position += 1;
  }

  function parseOperation(level: number): MathNode {
    const operators: readonly Operator[] | undefined = OPERATORS[level];
    if (operators === undefined) return parseSigned();
    let left = parseOperation(level + 1);
    for (let operator = among(operators); operator; operator = among(operators)) {
      position += 1;
      left = { kind: 'operation', operator, operands: [left, parseOperation(level + 1)] };
    }
    return left;
  }

  const among = (operators: readonly Operator[]) => operators.find((one) => one === next());

  function parseSigned(): MathNode {
    if (next() !== '-') return parseOperand();
    position += 1;
    const zero: MathNode = { kind: 'number', value: 0 };
    return { kind: 'operation', operator: '-', operands: [zero, parseSigned()] };
  }

  function parseOperand(): MathNode {
    const token = next() ?? fail('it ends too soon');
    position += 1;
    if (token === '(') {
      const inner = parseOperation(0);
      take(')');
      return inner;
    }
    if (/^[\d.]/.test(token)) return { kind: 'number', value: Number(token) };
    if (/^[a-z]/.test(token)) return { kind: 'id', id: token };
    return /^[A-Z]/.test(token) ? parseCall(token) : fail(`${token} is not expected there`);
  }

  function parseCall(name: string): MathNode {
    if (!isFunction(name)) throw new MetricMathError(`function ${name} is not evaluated here`);
    take('(');
    const operands = [parseOperation(0)];
    while (next() === ',') {
      position += 1;
      operands.push(parseOperation(0));
    }
    take(')');
    const [fewest, most] = FUNCTIONS[name];
    if (operands.length < fewest || operands.length > most) {
      fail(`${name} with ${operands.length} arguments is not evaluated here`);
    }
    return { kind: 'call', name, operands };
  }

  const root = parseOperation(0);
  if (next() !== undefined) fail(`${next()} is not expected there`);
  return { root, ids: [...new Set(idsOf(root))] };
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  const pattern = new RegExp(TOKEN);
  const whole = text.trimEnd();
  while (pattern.lastIndex < whole.length) {
    const from = pattern.lastIndex;
    const token = pattern.exec(whole)?.[0].trim();
    if (token === undefined) {
      throw new MetricMathError(`${whole.slice(from)} is no metric math that is evaluated here`);
    }
    tokens.push(token);
  }
  return tokens;
}

function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

function idsOf(node: MathNode): readonly string[] {
  if (node.kind === 'id') return [node.id];
  return node.kind === 'number' ? [] : node.operands.flatMap(idsOf);
}
