import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import type { SessionCredentials } from '../iam/session-credentials.ts';

/** What of an environment is not the template's. */
export interface RuntimeFacts {
  readonly region: string;
  readonly credentials: SessionCredentials;
  readonly logStreamName: string;
  /** `AWS_ENDPOINT_URL_<SERVICE>` by name: the one thing that a function sees here and not on AWS. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Lambda's limit for all variables of a function together, in bytes. */
const MAX_BYTES = 4_096;

/**
 * The whole environment of a function's process: the template's variables and those that Lambda sets (developer guide,
 * "Defined runtime environment variables"). Nothing of the machine's own gets through.
 * @throws when the template sets a variable that is Lambda's, or too many, as Lambda refuses it.
 */
export function environmentVariables(
  fn: LambdaFunction,
  facts: RuntimeFacts,
): Readonly<Record<string, string>> {
  const reserved = { ...runtimeVariables(fn, facts), ...credentialVariables(facts.credentials) };
  const taken = Object.keys(fn.environment).filter((name) => Object.hasOwn(reserved, name));
  if (taken.length > 0) {
    throw new Error(
      `function ${fn.functionName} sets ${taken.join(', ')}, reserved by Lambda; take it out of the template`,
    );
  }
  const bytes = Buffer.byteLength(Object.entries(fn.environment).flat().join(''));
  if (bytes > MAX_BYTES) {
    throw new Error(
      `function ${fn.functionName} has ${bytes} bytes of environment variables; Lambda takes ${MAX_BYTES}`,
    );
  }
  return { ...fn.environment, ...UNRESERVED, ...reserved, ...facts.endpoints };
}

// A home that is not there, as on Lambda: the SDKs would else read the AWS profile of whoever runs this.
const UNRESERVED = { HOME: '/home/sbx_user1051', LANG: 'en_US.UTF-8', TZ: ':UTC' };

function runtimeVariables(fn: LambdaFunction, facts: RuntimeFacts) {
  return {
    _HANDLER: fn.handler,
    AWS_DEFAULT_REGION: facts.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_NAME: fn.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: fn.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: facts.logStreamName,
    ...(fn.logLevel === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: fn.logLevel }),
    AWS_REGION: facts.region,
    LAMBDA_TASK_ROOT: fn.codeFolder,
    PATH: '/usr/local/bin:/usr/bin:/bin',
  };
}

function credentialVariables(credentials: SessionCredentials) {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}
