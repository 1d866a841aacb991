import * as z from 'zod';
import { naming, type ResourceType, readProperties, type StackResource } from '../resource-type.ts';
import { type CdkFunction, readCdkFunction } from './cdk-function.ts';

/** A Lambda function. */
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
  /** The maximum number of concurrent invocations; undefined if only the account's limit applies. */
  readonly reservedConcurrency: number | undefined;
}

/** The settings for asynchronous invocations of a function. */
interface EventInvokeConfig {
  readonly kind: 'event-invoke-config';
  readonly functionName: string;
  readonly maximumEventAgeSeconds: number;
  readonly maximumRetryAttempts: number;
}

/** Lambda's defaults for asynchronous invocations: two retries within six hours (developer guide, asynchronous invocation). */
export const DEFAULT_EVENT_INVOKE = { maximumEventAgeSeconds: 21_600, maximumRetryAttempts: 2 };

// Properties without effect in the embedded cloud are accepted and ignored: architecture, network, tags, description.
const functionSchema = z.strictObject({
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
  TracingConfig: z.strictObject({ Mode: z.enum(['Active', 'PassThrough']) }).optional(),
  VpcConfig: z.unknown().optional(),
});

const eventInvokeSchema = z.strictObject({
  FunctionName: z.string(),
  MaximumEventAgeInSeconds: z
    .number()
    .int()
    .min(60)
    .max(21_600)
    .default(DEFAULT_EVENT_INVOKE.maximumEventAgeSeconds),
  MaximumRetryAttempts: z
    .number()
    .int()
    .min(0)
    .max(2)
    .default(DEFAULT_EVENT_INVOKE.maximumRetryAttempts),
  Qualifier: z.literal('$LATEST'),
});

const { nameOf, arnOf } = naming({
  property: 'FunctionName',
  maxLength: 64,
  service: 'lambda',
  path: (name) => `function:${name}`,
});

export const lambdaFunction: ResourceType<LambdaFunction | CdkFunction> = {
  type: 'AWS::Lambda::Function',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) =>
    readCdkFunction(resource, { functionName: nameOf(resource), arn: arnOf(resource) }) ??
    readLambdaFunction(resource),
};

function readLambdaFunction(resource: StackResource): LambdaFunction {
  const properties = readProperties(resource, functionSchema);
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

export const eventInvokeConfig: ResourceType<EventInvokeConfig> = {
  type: 'AWS::Lambda::EventInvokeConfig',
  read: (resource) => {
    const properties = readProperties(resource, eventInvokeSchema);
    return {
      kind: 'event-invoke-config',
      functionName: properties.FunctionName,
      maximumEventAgeSeconds: properties.MaximumEventAgeInSeconds,
      maximumRetryAttempts: properties.MaximumRetryAttempts,
    };
  },
};
