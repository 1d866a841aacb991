import { ServiceError } from '../http/service-error.ts';
import type { Session } from '../iam/session.ts';

/** The caller's policies or the role's trust policy do not allow an action. */
export function notAuthorized(caller: Session, action: string, resource: string): ServiceError {
  return new ServiceError(
    403,
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
  );
}

/** The trust policy of a role does not allow a web identity, or the role does not exist. */
export function notAuthorizedForWebIdentity(): ServiceError {
  return new ServiceError(
    403,
    'AccessDenied',
    'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  );
}

/** A parameter has an invalid value. */
export function validationError(message: string): ServiceError {
  return new ServiceError(400, 'ValidationError', message);
}

/** A parameter violates a constraint of its type, e.g. `have length greater than or equal to 2`. */
export function constraintError(
  name: string,
  value: string | number,
  constraint: string,
): ServiceError {
  return validationError(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

/** Valid values contradict each other. */
export function invalidParameter(message: string): ServiceError {
  return new ServiceError(400, 'InvalidParameterValue', message);
}
