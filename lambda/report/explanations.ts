import { BUDGET } from '../../contract/budgets.ts';
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

/** Explains that labels of an AWSIAMRole are not on its Secret; undefined if all are. */
export function cutLabels({ labelLength }: ObservedAwsIamRole): string | undefined {
  return labelLength === undefined
    ? undefined
    : `its labels have ${labelLength} characters, and only the first ${BUDGET.labelLength} are copied to the Secret`;
}

/** Explains a Secret that was created again and again. Constant, so that its Events form one series. */
export const RECREATED_MESSAGE =
  'somebody deletes this Secret again and again: it was created three times within an hour. The likely cause is an older ' +
  'kube-aws-iam-controller that still runs, or a tool that prunes objects it does not know. Find out who deletes it in the audit ' +
  'log of the cluster (verb delete, resource secrets)';
