import { parseRoleArn } from '../arn.ts';
import { readSessionTags, type SessionTags } from './session-tags.ts';
import { constraint, invalidValue } from './sts-errors.ts';

/** An AssumeRole request whose values are of the right form. */
export interface AssumeRoleInput {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId: string | undefined;
  readonly sessionTags: SessionTags;
}

const KNOWN_PARAMETERS =
  /^(X-Amz-\w.*|Action|Version|RoleArn|RoleSessionName|DurationSeconds|ExternalId|Tags\.member\.\d+\.(Key|Value)|TransitiveTagKeys\.member\.\d+)$/;

const DEFAULT_SECONDS = 3_600;

/** The values of an AssumeRole request. @throws StsRefusal for what is missing, malformed or out of range, and for what the embedded STS does not do. */
export function readAssumeRoleInput(parameters: URLSearchParams): AssumeRoleInput {
  const unknown = [...parameters.keys()].find((name) => !KNOWN_PARAMETERS.test(name));
  if (unknown) throw invalidValue(`${unknown} of AssumeRole is not supported by the embedded STS`);
  const roleArn = required(parameters, 'RoleArn', 'roleArn');
  const sessionName = required(parameters, 'RoleSessionName', 'roleSessionName');
  const durationSeconds = Number(parameters.get('DurationSeconds') ?? DEFAULT_SECONDS);
  checkLength('roleArn', roleArn, 20, 2_048);
  if (!parseRoleArn(roleArn)) throw invalidValue(`${roleArn} is invalid`);
  checkLength('roleSessionName', sessionName, 2, 64);
  checkPattern('roleSessionName', sessionName, /^[\w+=,.@-]*$/);
  checkRange('durationSeconds', durationSeconds, 900, 43_200);
  const externalId = parameters.get('ExternalId') ?? undefined;
  if (externalId !== undefined) {
    checkLength('externalId', externalId, 2, 1_224);
    checkPattern('externalId', externalId, /^[\w+=,.@:/-]*$/);
  }
  const sessionTags = readSessionTags(parameters);
  return { roleArn, sessionName, durationSeconds, externalId, sessionTags };
}

function required(parameters: URLSearchParams, parameter: string, name: string): string {
  const value = parameters.get(parameter);
  if (value) return value;
  throw invalidValue(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

function checkLength(name: string, value: string, min: number, max: number): void {
  if (value.length < min) {
    throw constraint(name, value, `have length greater than or equal to ${min}`);
  }
  if (value.length > max) throw constraint(name, value, `have length less than or equal to ${max}`);
}

function checkPattern(name: string, value: string, pattern: RegExp): void {
  if (pattern.test(value)) return;
  const shown = pattern.source.slice(1, -1);
  throw constraint(name, value, `satisfy regular expression pattern: ${shown}`);
}

function checkRange(name: string, value: number, min: number, max: number): void {
  // Written so that NaN is refused too.
  if (!(value >= min)) throw constraint(name, value, `have value greater than or equal to ${min}`);
  if (value > max) throw constraint(name, value, `have value less than or equal to ${max}`);
}
