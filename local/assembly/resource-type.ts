import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type ArnScope, regionalArn } from '../aws/arn.ts';
import { AssemblyError } from './assembly-error.ts';

/** Where a stack is deployed. */
export type DeploymentTarget = ArnScope;

/** A resource of a template, as its type reads it. */
export interface StackResource extends DeploymentTarget {
  readonly stackName: string;
  readonly logicalId: string;
  /** Returns a property with its intrinsic functions resolved; undefined if it is not set. */
  property(name: string): unknown;
  /** Returns all properties with their intrinsic functions resolved. */
  properties(): unknown;
  /** Returns the folder that is published to `bucket` with the key `key`. @throws AssemblyError */
  assetFolder(bucket: string, key: string): string;
}

/** A CloudFormation resource type. To support another one, add a file to `resources/` and a line to `supported-types.ts`. */
export interface ResourceType<T> {
  /** E.g. `AWS::IAM::Role`. */
  readonly type: string;
  /** The value of `Ref`; absent if no template refers to the type. */
  readonly ref?: (resource: StackResource) => string;
  /** The values of `Fn::GetAtt`, by attribute. */
  readonly attributes?: Readonly<Record<string, (resource: StackResource) => string>>;
  /** Validates the properties and returns the resource. @throws AssemblyError */
  readonly read: (resource: StackResource) => T;
}

/** Validates the properties. @throws AssemblyError for a property that is missing, invalid or not supported */
export function readProperties<S extends z.ZodType>(
  resource: StackResource,
  schema: S,
): z.output<S> {
  const parsed = schema.safeParse(resource.properties());
  if (parsed.success) return parsed.data;
  throw new AssemblyError(z.prettifyError(parsed.error));
}

/** How the resources of a type are named. */
interface NamingRules {
  /** The property that sets the physical name. */
  readonly property: string;
  /** Maximum length of a generated name. */
  readonly maxLength: number;
  /** The service in the ARN. */
  readonly service: string;
  /** Returns what follows the account in the ARN. */
  readonly path: (name: string, resource: StackResource) => string;
  /** Whether the ARN contains no region. @default false */
  readonly isGlobal?: boolean;
}

/** Returns the functions that determine the physical name and the ARN of a resource. */
export function naming({ property, maxLength, service, path, isGlobal = false }: NamingRules) {
  const nameOf = (resource: StackResource): string => {
    const name = resource.property(property);
    return typeof name === 'string' ? name : generatedName(resource, maxLength);
  };
  const arnOf = (resource: StackResource): string => {
    const scope = isGlobal ? { ...resource, region: '' } : resource;
    return regionalArn(scope, service, path(nameOf(resource), resource));
  };
  return { nameOf, arnOf };
}

// As CloudFormation generates names: stack, logical ID and 12 random characters (here: a hash).
function generatedName({ stackName, logicalId }: StackResource, maxLength: number): string {
  const suffix = createHash('sha256')
    .update(`${stackName}/${logicalId}`)
    .digest('hex')
    .slice(0, 12);
  return `${`${stackName}-${logicalId}`.slice(0, maxLength - 13)}-${suffix}`;
}
