import { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionName } from './bundle.ts';
import type { FunctionNetwork } from './function-network.ts';

export interface RefresherFunctionProps {
  /** Which of the two; names the module of the bundle, and the `service` of its logs and metrics. */
  readonly name: FunctionName;
  /** Full name of the Lambda function. Changing it replaces the function. */
  readonly functionName: string;
  readonly description: string;
  readonly code: Code;
  readonly role: IRole;
  readonly logGroup: ILogGroup;
  readonly logLevel: 'INFO' | 'DEBUG';
  /** After this Lambda ends a run by force; the code stops cleanly before. */
  readonly timeout: Duration;
  /** Memory in MB, which also decides the share of a CPU: one whole at 1,769. */
  readonly memorySize: number;
  /** The variables of `contract/environment.ts`. */
  readonly environment: Readonly<Record<string, string>>;
  /** @default - outside of any VPC */
  readonly network?: FunctionNetwork | undefined;
  /** @default - none is reserved */
  readonly reservedConcurrency?: number | undefined;
}

/**
 * One of the two Lambda functions. A failed or missed run is not tried again: the next one, a minute later, starts from
 * what the cluster says and heals it, and a retry would only pile up beside it.
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
      role: props.role,
      timeout: props.timeout,
      memorySize: props.memorySize,
      environment: { ...props.environment, ...RUNTIME_ENVIRONMENT },
      logGroup: props.logGroup,
      loggingFormat: LoggingFormat.JSON,
      // The only place that sets the level: Lambda hands it to the code, where Powertools prefers it to any other. A level
      // above INFO would drop the line for each changed Secret, and the metrics, which are log lines too.
      applicationLogLevelV2: ApplicationLogLevel[props.logLevel],
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

/** Stack traces name lines of the sources; the maps are read only when there is an error. */
const RUNTIME_ENVIRONMENT = { NODE_OPTIONS: '--enable-source-maps' };
