import type { AwsError } from '../http/aws-server.ts';
import type { Session } from '../iam/iam.ts';

/** A refusal by STS, in its words. */
export class StsRefusal extends Error {
  override readonly name = 'StsRefusal';
  readonly error: AwsError;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.error = { status, code, message };
  }
}

/** The refusal of an action that a policy does not allow. */
export function notAuthorized(caller: Session, action: string, resource: string): StsRefusal {
  return new StsRefusal(
    403,
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
  );
}

/** The refusal of a value. */
export function invalidValue(message: string): StsRefusal {
  return new StsRefusal(400, 'ValidationError', message);
}

/** The refusal of a value that is not as it must be. */
export function constraint(name: string, value: string | number, must: string): StsRefusal {
  return invalidValue(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must ${must}`,
  );
}

/** The refusal of values that do not go together. */
export function invalidParameter(message: string): StsRefusal {
  return new StsRefusal(400, 'InvalidParameterValue', message);
}
