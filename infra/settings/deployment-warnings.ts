import { Annotations, type Stack, Token } from 'aws-cdk-lib';
import { accountOfPattern } from './role-pattern.ts';
import type { ClusterSettings } from './cluster-settings.ts';

/** Warns at synthesis of settings that are allowed and yet seldom meant. Each can be acknowledged by its id. */
export function warnAboutRiskySettings(stack: Stack, settings: ClusterSettings): void {
  const warn = (id: string, message: string) =>
    Annotations.of(stack).addWarningV2(`kube-aws-iam:${id}`, message);

  if (settings.namespaceRestrictions === 'off') {
    warn(
      'namespaceRestrictionsOff',
      'namespaceRestrictions is "off": whoever can create a pod in any namespace gets any of the assumable roles. Use "annotated" for a migration and "required" after it.',
    );
  }
  for (const pattern of settings.assumableRoles) {
    const account = accountOfPattern(pattern);
    if (account === '*') {
      warn(
        'rolesOfEveryAccount',
        `assumableRoles holds ${pattern}: a role of this name in any AWS account, strangers' included, if it trusts the refresher. Name the accounts.`,
      );
    } else if (isOther(account, stack.account)) {
      warn(
        'rolesOfAnotherAccount',
        `assumableRoles holds ${pattern}, which is not in this stack's account ${stack.account}. Pods get it only if account ${account} trusts the refresher's role; by the name of a Secret only where baseRoleArn is of that account, by an AWSIAMRole anyway.`,
      );
    }
  }
  const base = accountOfPattern(settings.baseRoleArn ?? '');
  if (isOther(base, stack.account)) {
    warn(
      'baseRoleArnOfAnotherAccount',
      `baseRoleArn is of account ${base}, not of this stack's account ${stack.account}: all roles of pods are looked for there.`,
    );
  }
}

function isOther(account: string | undefined, own: string): boolean {
  return account !== undefined && !Token.isUnresolved(own) && account !== own;
}
