import { parseRoleArn, type RoleArn } from '../arn.ts';
import { readSessionTags, type SessionTags } from './session-tags.ts';
import { constraintError, validationError } from './sts-errors.ts';

/** The parameters of an AssumeRole request, validated. */
export interface AssumeRoleInput {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId: string | undefined;
  readonly sessionTags: SessionTags;
}

const SUPPORTED_PARAMETERS =
  /^(X-Amz-\w.*|Action|Version|RoleArn|RoleSessionName|DurationSeconds|ExternalId|Tags\.member\.\d+\.(Key|Value)|TransitiveTagKeys\.member\.\d+)$/;

const DEFAULT_SECONDS = 3_600;

/**
 * Reads the parameters of an AssumeRole request.
 *
 * @throws ServiceError for a parameter that is missing, malformed, out of range or not embedded
 */
export function readAssumeRoleInput(parameters: URLSearchParams): AssumeRoleInput {
  const unsupported = [...parameters.keys()].find((name) => !SUPPORTED_PARAMETERS.test(name));
  if (unsupported)
    throw validationError(
      `AssumeRole parameter ${unsupported} is not supported by the embedded STS`,
    );
  const { roleArn, sessionName, durationSeconds } = readSession(parameters);
  const externalId = parameters.get('ExternalId') ?? undefined;
  if (externalId !== undefined) {
    checkLength('externalId', externalId, 2, 1_224);
    checkPattern('externalId', externalId, /^[\w+=,.@:/-]*$/);
  }
  const sessionTags = readSessionTags(parameters);
  return { roleArn, sessionName, durationSeconds, externalId, sessionTags };
}

const WEB_IDENTITY_PARAMETERS =
  /^(Action|Version|RoleArn|RoleSessionName|DurationSeconds|WebIdentityToken)$/;

/** The parameters of an AssumeRoleWithWebIdentity request, validated. */
export interface WebIdentityInput extends RequestedSession {
  readonly token: string;
}

/** Reads the parameters of an AssumeRoleWithWebIdentity request. @throws ServiceError as {@link readAssumeRoleInput} */
export function readWebIdentityInput(parameters: URLSearchParams): WebIdentityInput {
  const unsupported = [...parameters.keys()].find((name) => !WEB_IDENTITY_PARAMETERS.test(name));
  if (unsupported)
    throw validationError(
      `AssumeRoleWithWebIdentity parameter ${unsupported} is not supported by the embedded STS`,
    );
  const session = readSession(parameters);
  const token = required(parameters, 'WebIdentityToken', 'webIdentityToken');
  checkLength('webIdentityToken', token, 4, 20_000);
  return { ...session, token };
}

/** What both operations request. */
interface RequestedSession extends Pick<RoleArn, 'partition' | 'account'> {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
}

function readSession(parameters: URLSearchParams): RequestedSession {
  const roleArn = required(parameters, 'RoleArn', 'roleArn');
  const sessionName = required(parameters, 'RoleSessionName', 'roleSessionName');
  const durationSeconds = Number(parameters.get('DurationSeconds') ?? DEFAULT_SECONDS);
  checkLength('roleArn', roleArn, 20, 2_048);
  const role = parseRoleArn(roleArn);
  if (!role) throw validationError(`${roleArn} is invalid`);
  checkLength('roleSessionName', sessionName, 2, 64);
  checkPattern('roleSessionName', sessionName, /^[\w+=,.@-]*$/);
  checkRange('durationSeconds', durationSeconds, 900, 43_200);
  const { partition, account } = role;
  return { roleArn, partition, account, sessionName, durationSeconds };
}

function required(parameters: URLSearchParams, parameter: string, name: string): string {
  const value = parameters.get(parameter);
  if (value) return value;
  throw validationError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

function checkLength(name: string, value: string, min: number, max: number): void {
  if (value.length < min) {
    throw constraintError(name, value, `have length greater than or equal to ${min}`);
  }
  if (value.length > max)
    throw constraintError(name, value, `have length less than or equal to ${max}`);
}

function checkPattern(name: string, value: string, pattern: RegExp): void {
  if (pattern.test(value)) return;
  const source = pattern.source.slice(1, -1);
  throw constraintError(name, value, `satisfy regular expression pattern: ${source}`);
}

function checkRange(name: string, value: number, min: number, max: number): void {
  // Written so that NaN is rejected as well.
  if (!(value >= min))
    throw constraintError(name, value, `have value greater than or equal to ${min}`);
  if (value > max) throw constraintError(name, value, `have value less than or equal to ${max}`);
}
