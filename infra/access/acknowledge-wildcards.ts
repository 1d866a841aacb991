import { Stack, Validations } from 'aws-cdk-lib';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';

/**
 * Says to cdk-nag why a policy below `scope` may name these resources with wildcards. Each is acknowledged by itself
 * (rule AwsSolutions-IAM5), so that another wildcard is still found.
 */
export function acknowledgeWildcards(
  scope: IConstruct,
  resources: readonly string[],
  reason: string,
): void {
  for (const resource of resources.filter((text) => /[*?]/.test(text))) {
    // The rule names a finding after the resource as it stands in the template.
    const flat = flattenCfnReference(Stack.of(scope).resolve(resource));
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${flat}]`, reason });
  }
}
