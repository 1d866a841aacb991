import { AssemblyError } from './assembly-error.ts';
import type { AssetFolders } from './assets.ts';
import {
  evaluateCondition,
  type IntrinsicScope,
  NO_VALUE,
  resolveIntrinsics,
} from './intrinsics.ts';
import type { DeploymentTarget, StackResource } from './resource-type.ts';
import { type CloudResource, SUPPORTED_TYPES } from './supported-types.ts';
import type { Template } from './template.ts';

/** A stack of an assembly. */
export interface Stack {
  readonly stackName: string;
  readonly resources: readonly CloudResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** What a stack is read from. */
interface StackInput {
  readonly stackName: string;
  readonly template: Template;
  readonly target: DeploymentTarget;
  readonly assetFolder: AssetFolders;
}

/**
 * Reads the resources that CloudFormation would create from a template.
 *
 * @throws AssemblyError, with stack and resource, for an unsupported type, property, reference or function
 */
export function readStack(input: StackInput): Stack {
  const { stackName, template } = input;
  const scope = scopeOf(input);
  const included = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
  );
  return {
    stackName,
    resources: included.map(([logicalId, { DependsOn }]) =>
      withContext(stackName, `resource ${logicalId}`, () => {
        for (const other of DependsOn) definitionOf(input, other);
        return typeOf(input, logicalId).read(stackResource(input, scope, logicalId));
      }),
    ),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs).map(([name, { Value }]) => [
        name,
        withContext(stackName, `output ${name}`, () => resolveIntrinsics(Value, scope)),
      ]),
    ),
  };
}

function scopeOf(input: StackInput): IntrinsicScope {
  const { template, stackName } = input;
  const { account, region, partition } = input.target;
  const pseudoParameters = new Map<string, unknown>([
    ['AWS::AccountId', account],
    ['AWS::Region', region],
    ['AWS::Partition', partition],
    ['AWS::StackName', stackName],
    ['AWS::URLSuffix', partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'],
    ['AWS::NoValue', NO_VALUE],
  ]);
  const scope: IntrinsicScope = {
    ref: (name) => {
      if (pseudoParameters.has(name)) return pseudoParameters.get(name);
      if (Object.hasOwn(template.Parameters, name)) return parameterValue(template, name);
      const ref = typeOf(input, name).ref;
      if (!ref) throw new AssemblyError(`Ref of ${name} is not supported`);
      return ref(stackResource(input, scope, name));
    },
    attribute: (logicalId, name) => {
      const attribute = typeOf(input, logicalId).attributes?.[name];
      if (!attribute) throw new AssemblyError(`attribute ${name} of ${logicalId} is not supported`);
      return attribute(stackResource(input, scope, logicalId));
    },
    condition: (name) => {
      if (!Object.hasOwn(template.Conditions, name)) {
        throw new AssemblyError(`condition ${name} does not exist`);
      }
      return evaluateCondition(template.Conditions[name], scope);
    },
  };
  return scope;
}

function parameterValue({ Parameters }: Template, name: string): string {
  const { Type, Default } = Parameters[name] ?? {};
  if (Type === 'String' && Default !== undefined) return Default;
  throw new AssemblyError(
    `parameter ${name} (${Type}) has no default value that can be used without AWS`,
  );
}

function stackResource(input: StackInput, scope: IntrinsicScope, logicalId: string): StackResource {
  const { Properties } = definitionOf(input, logicalId);
  return {
    ...input.target,
    stackName: input.stackName,
    logicalId,
    property: (name) => {
      const value = resolveIntrinsics(Properties[name], scope);
      return value === NO_VALUE ? undefined : value;
    },
    properties: () => resolveIntrinsics(Properties, scope),
    assetFolder: input.assetFolder,
  };
}

function definitionOf({ template }: StackInput, logicalId: string) {
  const definition = template.Resources[logicalId];
  if (!definition)
    throw new AssemblyError(`${logicalId} is not a resource or parameter of the template`);
  return definition;
}

function typeOf(input: StackInput, logicalId: string) {
  const { Type } = definitionOf(input, logicalId);
  const found = SUPPORTED_TYPES.find(({ type }) => type === Type);
  if (!found) {
    throw new AssemblyError(
      `${logicalId} is of type ${Type}, which is not supported; local/assembly/supported-types.ts lists the supported types`,
    );
  }
  return found;
}

function withContext<T>(stackName: string, part: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error;
    throw new AssemblyError(`stack ${stackName}, ${part}: ${error.message}`, { cause: error });
  }
}
