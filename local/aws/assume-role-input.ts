import { parseRoleArn } from './arn.ts';
import { invalidValue, type StsRefusal } from './sts-refusal.ts';

/** An AssumeRole request whose values are of the right form. */
export interface AssumeRoleInput {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

const KNOWN_PARAMETERS =
  /^(X-Amz-\w.*|Action|Version|RoleArn|RoleSessionName|DurationSeconds|ExternalId|Tags\.member\.\d+\.(Key|Value))$/;

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
  if (!/^[\w+=,.@-]*$/.test(sessionName)) {
    throw constraint(
      'roleSessionName',
      sessionName,
      String.raw`satisfy regular expression pattern: [\w+=,.@-]*`,
    );
  }
  checkRange('durationSeconds', durationSeconds, 900, 43_200);
  const externalId = parameters.get('ExternalId') ?? undefined;
  return { roleArn, sessionName, durationSeconds, externalId, tags: readTags(parameters) };
}

function readTags(parameters: URLSearchParams): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (let index = 1; ; index += 1) {
    const key = parameters.get(`Tags.member.${index}.Key`);
    if (key === null) return tags;
    tags.set(key, parameters.get(`Tags.member.${index}.Value`) ?? '');
  }
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

function checkRange(name: string, value: number, min: number, max: number): void {
  // Written so that NaN is refused too.
  if (!(value >= min)) throw constraint(name, value, `have value greater than or equal to ${min}`);
  if (value > max) throw constraint(name, value, `have value less than or equal to ${max}`);
}

function constraint(name: string, value: string | number, must: string): StsRefusal {
  return invalidValue(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must ${must}`,
  );
}
