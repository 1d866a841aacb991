import type { ItemOutcome } from '../act/item-outcome.ts';

/**
 * Returns the role whose credentials a Secret with credentials holds: until they are renewed, that of an earlier
 * configuration. Undefined when the Secret does not say it.
 */
export function heldRoleArn({ outdated, roleArn }: ItemOutcome): string | undefined {
  return outdated === undefined ? roleArn : outdated.roleArn;
}

/** Explains a Secret that was created again and again. Constant, so that its Events form one series. */
export const RECREATED_MESSAGE =
  'somebody deletes this Secret again and again: it was created three times within an hour. The likely cause is an older ' +
  'kube-aws-iam-controller that still runs, or a tool that prunes objects it does not know. Find out who deletes it in the audit ' +
  'log of the cluster (verb delete, resource secrets)';
