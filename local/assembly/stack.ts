import { AssemblyError } from './assembly-error.ts';
import type { AssetFolders } from './assets.ts';
import {
  evaluateCondition,
  type IntrinsicScope,
  NO_VALUE,
  resolveIntrinsics,
} from './intrinsics.ts';
import type { DeploymentTarget, StackResource } from './resource-type.ts';
import { type CloudResource, RESOURCE_TYPES } from './resource-types.ts';
import type { Template } from './template.ts';

/** A stack whose template says nothing that cannot be run here. */
export interface Stack {
  readonly stackName: string;
  readonly resources: readonly CloudResource[];
  /** What the stack tells its deployer. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** What a template is read with. */
export interface StackInput {
  readonly stackName: string;
  readonly template: Template;
  readonly target: DeploymentTarget;
  readonly assetFolder: AssetFolders;
}

/**
 * The resources of a template, as CloudFormation would make them.
 * @throws AssemblyError naming stack and resource, for a type, property, reference or function that is not known here.
 */
export function readStack(input: StackInput): Stack {
  const { stackName, template } = input;
  const scope = scopeOf(input);
  const present = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
  );
  return {
    stackName,
    resources: present.map(([logicalId, { DependsOn }]) =>
      inResource(stackName, `resource ${logicalId}`, () => {
        for (const other of DependsOn) definitionOf(input, other);
        return typeOf(input, logicalId).read(stackResource(input, scope, logicalId));
      }),
    ),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs).map(([name, { Value }]) => [
        name,
        inResource(stackName, `output ${name}`, () => resolveIntrinsics(Value, scope)),
      ]),
    ),
  };
}

function scopeOf(input: StackInput): IntrinsicScope {
  const { template, stackName } = input;
  const { account, region, partition } = input.target;
  const pseudo = new Map<string, unknown>([
    ['AWS::AccountId', account],
    ['AWS::Region', region],
    ['AWS::Partition', partition],
    ['AWS::StackName', stackName],
    ['AWS::URLSuffix', partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'],
    ['AWS::NoValue', NO_VALUE],
  ]);
  const scope: IntrinsicScope = {
    ref: (name) => {
      if (pseudo.has(name)) return pseudo.get(name);
      if (Object.hasOwn(template.Parameters, name)) return parameterValue(template, name);
      const ref = typeOf(input, name).ref;
      if (!ref) throw new AssemblyError(`Ref of ${name} is not known here`);
      return ref(stackResource(input, scope, name));
    },
    attribute: (logicalId, name) => {
      const attribute = typeOf(input, logicalId).attributes?.[name];
      if (!attribute)
        throw new AssemblyError(`attribute ${name} of ${logicalId} is not known here`);
      return attribute(stackResource(input, scope, logicalId));
    },
    condition: (name) => {
      if (!Object.hasOwn(template.Conditions, name)) {
        throw new AssemblyError(`there is no condition ${name}`);
      }
      return evaluateCondition(template.Conditions[name], scope);
    },
  };
  return scope;
}

function parameterValue({ Parameters }: Template, name: string): string {
  const { Type, Default } = Parameters[name] ?? {};
  if (Type === 'String' && Default !== undefined) return Default;
  throw new AssemblyError(`parameter ${name} (${Type}) has no value on a laptop`);
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
  if (!definition) throw new AssemblyError(`there is no resource or parameter ${logicalId}`);
  return definition;
}

function typeOf(input: StackInput, logicalId: string) {
  const { Type } = definitionOf(input, logicalId);
  const known = RESOURCE_TYPES.find(({ type }) => type === Type);
  if (!known) {
    throw new AssemblyError(
      `${logicalId} is of type ${Type}, which is not run here; local/assembly/resource-types.ts lists what is`,
    );
  }
  return known;
}

function inResource<T>(stackName: string, place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error;
    throw new AssemblyError(`stack ${stackName}, ${place}: ${error.message}`, { cause: error });
  }
}
