import { accessEntry } from './resources/access-entry.ts';
import { cdkMetadata } from './resources/cdk-metadata.ts';
import { eventInvokeConfig } from './resources/event-invoke-config.ts';
import { iamManagedPolicy } from './resources/iam-managed-policy.ts';
import { iamPolicy } from './resources/iam-policy.ts';
import { iamRole } from './resources/iam-role.ts';
import { lambdaFunction } from './resources/lambda-function.ts';
import { logGroup } from './resources/log-group.ts';
import { schedule } from './resources/schedule.ts';

/** Every resource type that is run here. A template with another one is refused. */
export const RESOURCE_TYPES = [
  accessEntry,
  cdkMetadata,
  eventInvokeConfig,
  iamManagedPolicy,
  iamPolicy,
  iamRole,
  lambdaFunction,
  logGroup,
  schedule,
] as const;

/** A resource of any of these types. */
export type CloudResource = ReturnType<(typeof RESOURCE_TYPES)[number]['read']>;
