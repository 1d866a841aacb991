import type { ResourceType } from '../resource-type.ts';

/** What the CDK tells AWS of its constructs; nothing runs by it. */
export const cdkMetadata: ResourceType<{ readonly kind: 'cdk-metadata' }> = {
  type: 'AWS::CDK::Metadata',
  read: () => ({ kind: 'cdk-metadata' }),
};
