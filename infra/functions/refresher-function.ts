import { Duration } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionName } from '../names.ts';
import type { FunctionNetwork } from './function-network.ts';

export interface RefresherFunctionProps {
  /** The module in the bundle, and the `service` of the function's logs and metrics. */
  readonly name: FunctionName;
  /** Full name of the Lambda function. A change replaces the function. */
  readonly functionName: string;
  readonly description: string;
  readonly code: Code;
  readonly role: Role;
  readonly logGroup: ILogGroup;
  readonly logLevel: 'INFO' | 'DEBUG';
  /** Whether X-Ray traces it, which its role must allow. */
  readonly tracing: boolean;
  /** Time after which Lambda stops the invocation. The code finishes before. */
  readonly timeout: Duration;
  /** Memory in MB. Lambda allocates CPU in proportion: one full vCPU at 1,769 MB. */
  readonly memorySize: number;
  /** The variables in `contract/environment.ts`. */
  readonly environment: Readonly<Record<string, string>>;
  /** @default - the function runs outside a VPC */
  readonly network?: FunctionNetwork | undefined;
  /** @default - no reserved concurrency */
  readonly reservedConcurrency?: number | undefined;
}

/**
 * One of the Lambda functions. Lambda does not retry a failed invocation: each pass starts from the state of the cluster,
 * so the next scheduled pass does the work, and retries would only add load. An invocation that is throttled is retried
 * for a minute; the next pass serves the pods of a pod event that was dropped.
 */
export class RefresherFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: RefresherFunctionProps) {
    super(scope, id);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.code,
      handler: `${props.name}.handler`,
      // Its policies are complete. Otherwise CDK would add X-Ray's permissions in a policy of their own.
      role: props.role.withoutPolicyUpdates(),
      timeout: props.timeout,
      memorySize: props.memorySize,
      environment: { ...props.environment, ...RUNTIME_ENVIRONMENT },
      logGroup: props.logGroup,
      loggingFormat: LoggingFormat.JSON,
      // The only place that sets the level: Lambda passes it to the code, and Powertools gives it precedence. A level above
      // INFO would drop the line for each changed Secret, and the metrics, which are log lines too.
      applicationLogLevelV2: ApplicationLogLevel[props.logLevel],
      ...(props.tracing ? { tracing: Tracing.ACTIVE } : {}),
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.network === undefined
        ? {}
        : { vpc: props.network.vpc, securityGroups: [...props.network.securityGroups] }),
    });
  }
}

/** Resolves stack traces to lines of the sources. Node reads the source maps only when an error occurs. */
const RUNTIME_ENVIRONMENT = { NODE_OPTIONS: '--enable-source-maps' };
