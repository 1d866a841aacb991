import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import type { SessionCredentials } from '../iam/session.ts';

/** The values of the variables that Lambda sets. */
interface RuntimeValues {
  readonly region: string;
  readonly credentials: SessionCredentials;
  readonly logStreamName: string;
  /** `AWS_ENDPOINT_URL_<SERVICE>` by name: the only variables that a function does not have on AWS. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Lambda's limit for the size of all variables of a function together. */
const MAX_BYTES = 4_096;

/**
 * Returns all environment variables of a function's process: the template's and those that Lambda sets (developer guide,
 * "Defined runtime environment variables"), but none of the machine's.
 *
 * @throws if the template sets a variable that Lambda reserves, or more than Lambda accepts
 */
export function environmentVariables(
  fn: LambdaFunction,
  values: RuntimeValues,
): Readonly<Record<string, string>> {
  const reserved = { ...runtimeVariables(fn, values), ...credentialVariables(values.credentials) };
  const taken = Object.keys(fn.environment).filter((name) => Object.hasOwn(reserved, name));
  if (taken.length > 0) {
    throw new Error(
      `function ${fn.functionName} sets ${taken.join(', ')}, which Lambda reserves; remove it from the template`,
    );
  }
  const bytes = Buffer.byteLength(Object.entries(fn.environment).flat().join(''));
  if (bytes > MAX_BYTES) {
    throw new Error(
      `function ${fn.functionName} has ${bytes} bytes of environment variables, more than Lambda's limit of ${MAX_BYTES}`,
    );
  }
  return { ...fn.environment, ...UNRESERVED, ...reserved, ...values.endpoints };
}

// HOME does not exist, as on Lambda; otherwise the SDKs would read the AWS profile of the current user.
const UNRESERVED = { HOME: '/home/sbx_user1051', LANG: 'en_US.UTF-8', TZ: ':UTC' };

function runtimeVariables(fn: LambdaFunction, values: RuntimeValues) {
  return {
    _HANDLER: fn.handler,
    AWS_DEFAULT_REGION: values.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_NAME: fn.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: fn.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: values.logStreamName,
    ...(fn.logLevel === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: fn.logLevel }),
    AWS_REGION: values.region,
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
