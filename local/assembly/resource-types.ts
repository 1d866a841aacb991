import { accessEntry } from './resources/access-entry.ts';
import { cdkMetadata } from './resources/cdk-metadata.ts';
import { eventBus } from './resources/event-bus.ts';
import { eventBusPolicy } from './resources/event-bus-policy.ts';
import { eventInvokeConfig } from './resources/event-invoke-config.ts';
import { eventRule } from './resources/event-rule.ts';
import { helmChart } from './resources/helm-chart.ts';
import { iamManagedPolicy } from './resources/iam-managed-policy.ts';
import { iamPolicy } from './resources/iam-policy.ts';
import { iamRole } from './resources/iam-role.ts';
import { lambdaFunction } from './resources/lambda-function.ts';
import { lambdaLayerVersion } from './resources/lambda-layer-version.ts';
import { lambdaPermission } from './resources/lambda-permission.ts';
import { logGroup } from './resources/log-group.ts';
import { schedule } from './resources/schedule.ts';

/** Every resource type that is known here. A template with another one is refused. */
export const RESOURCE_TYPES = [
  accessEntry,
  cdkMetadata,
  eventBus,
  eventBusPolicy,
  eventInvokeConfig,
  eventRule,
  helmChart,
  iamManagedPolicy,
  iamPolicy,
  iamRole,
  lambdaFunction,
  lambdaLayerVersion,
  lambdaPermission,
  logGroup,
  schedule,
] as const;

/** A resource of any of these types. */
export type CloudResource = ReturnType<(typeof RESOURCE_TYPES)[number]['read']>;
