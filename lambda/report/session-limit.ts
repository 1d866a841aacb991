import { SESSION_SECONDS } from '../../contract/limits.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';

/**
 * Explains a session that is shorter than an AWSIAMRole requests; undefined if it is not. A CustomResourceDefinition of
 * Zalando's controller has no conditions, so that the Events say it too.
 */
export function shortenedSession({ roleSessionDuration }: ObservedAwsIamRole): string | undefined {
  return (roleSessionDuration ?? 0) > SESSION_SECONDS
    ? `the session lasts ${SESSION_SECONDS} s instead of the ${roleSessionDuration} s of spec.roleSessionDuration: ` +
        'STS limits sessions to one hour when a role assumes another role (role chaining)'
    : undefined;
}
