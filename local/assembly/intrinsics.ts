import { isRecord } from '../../contract/is-record.ts';
import { AssemblyError } from './assembly-error.ts';

/** Resolves what intrinsic functions refer to. Each method throws AssemblyError if it does not exist. */
export interface IntrinsicScope {
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  condition(name: string): boolean;
}

/** The value of `Ref: AWS::NoValue`: the property or item that has it is omitted. */
export const NO_VALUE = Symbol('AWS::NoValue');

/**
 * Replaces every intrinsic function in a value by its result.
 *
 * @throws AssemblyError for an unsupported function or an invalid argument
 */
export function resolveIntrinsics(value: unknown, scope: IntrinsicScope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolveIntrinsics(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (!isRecord(value)) return value;
  const [first, ...others] = Object.keys(value);
  if (first !== undefined && others.length === 0 && isIntrinsic(first)) {
    return call(first, value[first], scope);
  }
  const resolved = Object.entries(value).map(
    ([key, item]) => [key, resolveIntrinsics(item, scope)] as const,
  );
  return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
}

function isIntrinsic(key: string): boolean {
  return key === 'Ref' || key.startsWith('Fn::');
}

type Intrinsic = (argument: unknown, scope: IntrinsicScope) => unknown;

const INTRINSICS: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ['Ref', (name, scope) => scope.ref(text(name, 'Ref'))],
  ['Fn::GetAtt', getAttribute],
  ['Fn::Join', join],
  ['Fn::Sub', substitute],
  ['Fn::Select', select],
  ['Fn::Split', split],
  ['Fn::If', choose],
]);

function call(name: string, argument: unknown, scope: IntrinsicScope): unknown {
  const intrinsic = INTRINSICS.get(name);
  if (!intrinsic) throw new AssemblyError(`intrinsic function ${name} is not supported`);
  return intrinsic(argument, scope);
}

function getAttribute(argument: unknown, scope: IntrinsicScope): unknown {
  const [logicalId, ...path] = (
    typeof argument === 'string' ? argument.split('.') : list(argument, 'Fn::GetAtt')
  ).map((part) => text(part, 'Fn::GetAtt'));
  return scope.attribute(logicalId ?? '', path.join('.'));
}

function join(argument: unknown, scope: IntrinsicScope): string {
  const [separator, items] = list(argument, 'Fn::Join');
  return list(resolveIntrinsics(items, scope), 'Fn::Join')
    .map((item) => text(item, 'Fn::Join'))
    .join(text(separator, 'Fn::Join'));
}

function substitute(argument: unknown, scope: IntrinsicScope): string {
  const [template, variables] =
    typeof argument === 'string' ? [argument] : list(argument, 'Fn::Sub');
  const own = isRecord(variables) ? variables : {};
  return text(template, 'Fn::Sub').replace(
    /\$\{(!?)([^}]*)\}/g,
    (_whole, literal, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(own, name)) return text(resolveIntrinsics(own[name], scope), 'Fn::Sub');
      const value = name.includes('.') ? getAttribute(name, scope) : scope.ref(name);
      return text(value, 'Fn::Sub');
    },
  );
}

function select(argument: unknown, scope: IntrinsicScope): unknown {
  const [index, items] = list(resolveIntrinsics(argument, scope), 'Fn::Select');
  const item = list(items, 'Fn::Select')[Number(index)];
  if (item === undefined) throw new AssemblyError(`Fn::Select: item ${index} does not exist`);
  return item;
}

function split(argument: unknown, scope: IntrinsicScope): readonly string[] {
  const [separator, whole] = list(resolveIntrinsics(argument, scope), 'Fn::Split');
  return text(whole, 'Fn::Split').split(text(separator, 'Fn::Split'));
}

function choose(argument: unknown, scope: IntrinsicScope): unknown {
  const [name, then, otherwise] = list(argument, 'Fn::If');
  return resolveIntrinsics(scope.condition(text(name, 'Fn::If')) ? then : otherwise, scope);
}

/** Evaluates a condition of a template. @throws AssemblyError */
export function evaluateCondition(expression: unknown, scope: IntrinsicScope): boolean {
  const [operator, ...others] = isRecord(expression) ? Object.keys(expression) : [];
  if (!isRecord(expression) || operator === undefined || others.length > 0) {
    throw new AssemblyError(`${JSON.stringify(expression)} is not a condition`);
  }
  const argument = expression[operator];
  if (operator === 'Condition') return scope.condition(text(argument, operator));
  if (operator === 'Fn::Equals') {
    const [left, right] = list(resolveIntrinsics(argument, scope), operator);
    return left === right;
  }
  const parts = list(argument, operator).map((part) => evaluateCondition(part, scope));
  switch (operator) {
    case 'Fn::And':
      return parts.every(Boolean);
    case 'Fn::Or':
      return parts.some(Boolean);
    case 'Fn::Not':
      return !parts[0];
    default:
      throw new AssemblyError(`condition function ${operator} is not supported`);
  }
}

function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new AssemblyError(`${name} requires a list, not ${JSON.stringify(value)}`);
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new AssemblyError(`${name} requires a string, not ${JSON.stringify(value)}`);
}
