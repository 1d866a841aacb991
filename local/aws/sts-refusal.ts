import type { AwsError } from './aws-server.ts';
import type { Session } from './iam.ts';

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
