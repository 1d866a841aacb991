/** A metric math expression that CloudWatch would reject, or that the embedded CloudWatch does not support. */
export class MetricMathError extends Error {
  override readonly name = 'MetricMathError';
}

/** A node of a parsed expression. */
export type MathNode =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly operands: Operands }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly operands: readonly MathNode[] };

type Operands = readonly [MathNode, MathNode];

/** A parsed expression. */
export interface MetricMath {
  readonly root: MathNode;
  /** The IDs of the queries that it refers to, without duplicates. */
  readonly ids: readonly string[];
}

/** By precedence, lowest first. */
const OPERATORS = [
  ['OR'],
  ['AND'],
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
] as const;

export type Operator = (typeof OPERATORS)[number][number];

/** The functions that the product's expressions use, with their minimum and maximum number of arguments. */
const FUNCTIONS = { FILL: [2, 2], IF: [2, 3] } as const;

export type FunctionName = keyof typeof FUNCTIONS;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z]\w*)|(==|!=|<=|>=|[-+*/<>(),]))/y;

/** Parses an expression. @throws MetricMathError for a syntax error or an unsupported function */
export function parseMetricMath(text: string): MetricMath {
  const tokens = tokenize(text);
  let position = 0;

  const next = () => tokens[position];
  const fail = (problem: string): never => {
    throw new MetricMathError(`${JSON.stringify(text)} is not valid metric math: ${problem}`);
  };
  function take(token: string): void {
    if (next() !== token) fail(`expected ${token} before ${next() ?? 'the end'}`);
    position += 1;
  }

  function parseOperation(level: number): MathNode {
    const operators: readonly Operator[] | undefined = OPERATORS[level];
    if (operators === undefined) return parseSigned();
    let left = parseOperation(level + 1);
    for (let operator = nextOf(operators); operator; operator = nextOf(operators)) {
      position += 1;
      left = { kind: 'operation', operator, operands: [left, parseOperation(level + 1)] };
    }
    return left;
  }

  const nextOf = (operators: readonly Operator[]) => operators.find((one) => one === next());

  function parseSigned(): MathNode {
    if (next() !== '-') return parseOperand();
    position += 1;
    const zero: MathNode = { kind: 'number', value: 0 };
    return { kind: 'operation', operator: '-', operands: [zero, parseSigned()] };
  }

  function parseOperand(): MathNode {
    const token = next() ?? fail('unexpected end');
    position += 1;
    if (token === '(') {
      const inner = parseOperation(0);
      take(')');
      return inner;
    }
    if (/^[\d.]/.test(token)) return { kind: 'number', value: Number(token) };
    if (/^[a-z]/.test(token)) return { kind: 'id', id: token };
    return /^[A-Z]/.test(token) ? parseCall(token) : fail(`unexpected ${token}`);
  }

  function parseCall(name: string): MathNode {
    if (!isFunction(name)) throw new MetricMathError(`function ${name} is not supported`);
    take('(');
    const operands = [parseOperation(0)];
    while (next() === ',') {
      position += 1;
      operands.push(parseOperation(0));
    }
    take(')');
    const [min, max] = FUNCTIONS[name];
    if (operands.length < min || operands.length > max) {
      fail(`${name} with ${operands.length} arguments is not supported`);
    }
    return { kind: 'call', name, operands };
  }

  const root = parseOperation(0);
  if (next() !== undefined) fail(`unexpected ${next()}`);
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
      throw new MetricMathError(`${whole.slice(from)} is not valid metric math, or not supported`);
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
