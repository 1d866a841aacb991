import { Annotations, type Stack, Token } from 'aws-cdk-lib';
import type { ClusterSettings } from './cluster-settings.ts';
import { accountOfPattern } from './role-pattern.ts';

/** Adds warnings to the stack about valid but risky settings. Each can be acknowledged by its ID. */
export function warnAboutRiskySettings(stack: Stack, settings: ClusterSettings): void {
  const warn = (id: string, message: string) =>
    Annotations.of(stack).addWarningV2(`kube-aws-iam:${id}`, message);

  if (settings.namespaceRestrictions === 'off') {
    warn(
      'namespaceRestrictionsOff',
      'namespaceRestrictions is "off": anyone who can create a pod in any namespace can use all assumable roles. Use "annotated" during a migration and "required" after it.',
    );
  }
  if (settings.reservedConcurrency.events === 'none') {
    warn(
      'eventsNotBounded',
      'reservedConcurrency.events is "none": only the concurrency limit of the account bounds pod events, so a flood of pods in one namespace can prevent the refresh function and other functions of the account from starting. Raise the limit, and remove the setting.',
    );
  }
  for (const pattern of settings.assumableRoles) {
    const account = accountOfPattern(pattern);
    if (account === '*') {
      warn(
        'rolesOfEveryAccount',
        `assumableRoles contains ${pattern}: it matches roles in every AWS account, including accounts that are not yours, if they trust the refresher. Specify the accounts.`,
      );
    } else if (isOtherAccount(account, stack.account)) {
      warn(
        'rolesOfAnotherAccount',
        `assumableRoles contains ${pattern}, which is not in the stack's account ${stack.account}. The roles must trust the refresher's role. Pods can request them by the name of a Secret only if baseRoleArn is in account ${account}; otherwise, use AWSIAMRoles.`,
      );
    }
  }
  const account = accountOfPattern(settings.baseRoleArn ?? '');
  if (isOtherAccount(account, stack.account)) {
    warn(
      'baseRoleArnOfAnotherAccount',
      `baseRoleArn is in account ${account}, not in the stack's account ${stack.account}: the refresher looks for all pods' roles there.`,
    );
  }
}

function isOtherAccount(account: string | undefined, own: string): boolean {
  return account !== undefined && !Token.isUnresolved(own) && account !== own;
}
