import { MAX_ROLE_NAME_LENGTH } from '../../contract/aws/role-arn.ts';
import { BUDGET } from '../../contract/budgets.ts';
import { CHAINED_SESSION_SECONDS } from '../../contract/limits.ts';
import { sanitizeName } from '../../contract/sanitize-name.ts';
import type { SecretSubject } from '../decide/plan.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';

/**
 * Explains a session that is shorter than the configuration or an AWSIAMRole requests; undefined if it is not. A
 * CustomResourceDefinition of Zalando's controller has no conditions, so that the Events say it too.
 */
export function shortenedSession(subject: SecretSubject): string | undefined {
  const { sessionSeconds, limitedSeconds, awsIamRole, roleArn } = subject;
  const requested = Math.max(awsIamRole?.roleSessionDuration ?? 0, sessionSeconds);
  if (limitedSeconds !== undefined) {
    return (
      `the session lasts ${limitedSeconds} s instead of ${sessionSeconds} s, because MaxSessionDuration of the role is lower. Raise it: ` +
      `aws iam update-role --role-name ${sanitizeName(roleArn.split('/').at(-1) ?? '', MAX_ROLE_NAME_LENGTH)} --max-session-duration ${sessionSeconds}`
    );
  }
  if (requested <= sessionSeconds) return undefined;
  const shortened = `the session lasts ${sessionSeconds} s instead of the ${requested} s of spec.roleSessionDuration: `;
  return sessionSeconds <= CHAINED_SESSION_SECONDS
    ? `${shortened}STS limits sessions to one hour when a role assumes another role (role chaining)`
    : `${shortened}the setting sessions.hours allows no more`;
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
