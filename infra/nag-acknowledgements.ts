import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { rules } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** The AwsSolutions rules that CDK's own functions violate, by ID. */
const RULES_VIOLATED_BY_CDK = {
  'AwsSolutions-IAM4': rules.iam.IAMNoManagedPolicies,
  'AwsSolutions-IAM5': rules.iam.IAMNoWildcardPermissions,
  'AwsSolutions-L1': rules.lambda.LambdaLatestVersion,
};

/** Acknowledges the cdk-nag findings in constructs of CDK, which only CDK can fix. */
export function acknowledgeCdkConstructs(scope: IConstruct, reason: string): void {
  for (const node of scope.node.findAll()) {
    if (!CfnResource.isCfnResource(node)) continue;
    for (const [id, rule] of Object.entries(RULES_VIOLATED_BY_CDK)) {
      const result = rule(node);
      // Rules about policies return named findings, which are acknowledged by name; the others only that there is one.
      const ids = Array.isArray(result) ? result.map((finding) => `${id}[${finding}]`) : [id];
      for (const acknowledged of ids)
        Validations.of(node).acknowledge({ id: acknowledged, reason });
    }
  }
}

/**
 * Acknowledges that a policy contains these resources with wildcards (rule AwsSolutions-IAM5). Each is acknowledged by
 * name, so that any other wildcard is still reported.
 */
export function acknowledgeWildcards(
  scope: IConstruct,
  resources: readonly string[],
  reason: string,
): void {
  const stack = Stack.of(scope);
  for (const resource of resources.filter((text) => /[*?]/.test(text))) {
    const id = `AwsSolutions-IAM5[Resource::${withPlaceholders(stack.resolve(resource))}]`;
    Validations.of(scope).acknowledge({ id, reason });
  }
}

/** A part of a resource in the template: text or a reference. */
type TemplatePart = string | { readonly Ref: string };

/** Formats a resource of the template as in cdk-nag's findings, which have `<AWS::AccountId>` in place of a reference. */
function withPlaceholders(
  resource: string | { readonly 'Fn::Join': readonly ['', readonly TemplatePart[]] },
): string {
  const parts = typeof resource === 'string' ? [resource] : resource['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
}
