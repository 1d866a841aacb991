import { CfnResource, Validations } from 'aws-cdk-lib';
import { rules } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** The rules of AwsSolutions that find something in CDK's own functions, by their ids. */
const RULES = {
  'AwsSolutions-IAM4': rules.iam.IAMNoManagedPolicies,
  'AwsSolutions-IAM5': rules.iam.IAMNoWildcardPermissions,
  'AwsSolutions-L1': rules.lambda.LambdaLatestVersion,
};

/** Says to cdk-nag why nothing can be done about what it finds below `scope`: somebody else wrote that. */
export function acknowledgeForeign(scope: IConstruct, reason: string): void {
  for (const node of scope.node.findAll()) {
    if (!CfnResource.isCfnResource(node)) continue;
    for (const [id, rule] of Object.entries(RULES)) {
      const findings = rule(node);
      // Rules about policies name each finding, and it is acknowledged by its name; the other rules say that there is one.
      const ids = Array.isArray(findings) ? findings.map((finding) => `${id}[${finding}]`) : [id];
      for (const one of ids) Validations.of(node).acknowledge({ id: one, reason });
    }
  }
}
