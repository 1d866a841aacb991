import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AssemblyError } from './assembly-error.ts';

/** Where a stack is deployed. */
export interface DeploymentTarget {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
}

/** A resource of a stack, as its type sees it. */
export interface StackResource extends DeploymentTarget {
  readonly stackName: string;
  readonly logicalId: string;
  /** One property, its intrinsic functions resolved; nothing when it is not set. */
  property(name: string): unknown;
  /** All of them. */
  properties(): unknown;
  /** The folder that is published to `bucket` as `key`. @throws AssemblyError */
  assetFolder(bucket: string, key: string): string;
}

/** What is to be known of a CloudFormation resource type. A new type is one of these, and a row in `resource-types.ts`. */
export interface ResourceType<T> {
  /** E.g. `AWS::IAM::Role`. */
  readonly type: string;
  /** What `Ref` gives; absent where nothing refers to the type. */
  readonly ref?: (resource: StackResource) => string;
  /** What `Fn::GetAtt` gives, by attribute. */
  readonly attributes?: Readonly<Record<string, (resource: StackResource) => string>>;
  /** The resource itself. */
  readonly read: (resource: StackResource) => T;
}

/** The properties, checked. @throws AssemblyError for one that is missing, wrong or not known here. */
export function readProperties<S extends z.ZodType>(
  resource: StackResource,
  schema: S,
): z.output<S> {
  const parsed = schema.safeParse(resource.properties());
  if (parsed.success) return parsed.data;
  throw new AssemblyError(z.prettifyError(parsed.error));
}

/** The name in `property`, or one such as CloudFormation makes up: stack, logical id and 12 characters of chance (here: a hash). */
export function physicalName(resource: StackResource, property: string, maxLength: number): string {
  const given = resource.property(property);
  if (typeof given === 'string') return given;
  const { stackName, logicalId } = resource;
  const suffix = createHash('sha256')
    .update(`${stackName}/${logicalId}`)
    .digest('hex')
    .slice(0, 12);
  return `${`${stackName}-${logicalId}`.slice(0, maxLength - 13)}-${suffix}`;
}
