import * as z from 'zod';
import {
  physicalName,
  type ResourceType,
  readProperties,
  type StackResource,
} from '../resource-type.ts';
import { type CdkFunction, readCdkFunction } from './cdk-function.ts';

/** A Lambda function, ready to be run. */
export interface LambdaFunction {
  readonly kind: 'lambda-function';
  readonly functionName: string;
  readonly arn: string;
  /** Folder with the function's code. */
  readonly codeFolder: string;
  /** `file.export`. */
  readonly handler: string;
  readonly runtime: 'nodejs24.x';
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly roleArn: string;
  readonly logGroupName: string;
  readonly logFormat: 'JSON' | 'Text';
  readonly logLevel: string | undefined;
  /** How many may run at once; nothing when the account's limit alone holds. */
  readonly reservedConcurrency: number | undefined;
}

// What a laptop cannot show is taken and passed over: the processor, the network, tags and descriptions.
const schema = z.strictObject({
  Architectures: z.array(z.string()).optional(),
  Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  Description: z.string().optional(),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.string()) }).optional(),
  FunctionName: z.string().optional(),
  Handler: z.string(),
  LoggingConfig: z
    .strictObject({
      ApplicationLogLevel: z.string().optional(),
      LogFormat: z.enum(['JSON', 'Text']).optional(),
      LogGroup: z.string().optional(),
      SystemLogLevel: z.string().optional(),
    })
    .optional(),
  MemorySize: z.number().int().min(128).max(10_240).default(128),
  ReservedConcurrentExecutions: z.number().int().min(0).optional(),
  Role: z.string(),
  Runtime: z.literal('nodejs24.x'),
  Tags: z.unknown().optional(),
  Timeout: z.number().int().min(1).max(900).default(3),
  VpcConfig: z.unknown().optional(),
});

const nameOf = (resource: StackResource) => physicalName(resource, 'FunctionName', 64);

function arnOf(resource: StackResource): string {
  const { partition, region, account } = resource;
  return `arn:${partition}:lambda:${region}:${account}:function:${nameOf(resource)}`;
}

export const lambdaFunction: ResourceType<LambdaFunction | CdkFunction> = {
  type: 'AWS::Lambda::Function',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) =>
    readCdkFunction(resource, { functionName: nameOf(resource), arn: arnOf(resource) }) ??
    readLambdaFunction(resource),
};

function readLambdaFunction(resource: StackResource): LambdaFunction {
  const properties = readProperties(resource, schema);
  const { Code, LoggingConfig: logging } = properties;
  return {
    kind: 'lambda-function',
    functionName: nameOf(resource),
    arn: arnOf(resource),
    codeFolder: resource.assetFolder(Code.S3Bucket, Code.S3Key),
    handler: properties.Handler,
    runtime: properties.Runtime,
    environment: properties.Environment?.Variables ?? {},
    timeoutSeconds: properties.Timeout,
    memoryMegabytes: properties.MemorySize,
    roleArn: properties.Role,
    logGroupName: logging?.LogGroup ?? `/aws/lambda/${nameOf(resource)}`,
    logFormat: logging?.LogFormat ?? 'Text',
    logLevel: logging?.ApplicationLogLevel,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
  };
}
