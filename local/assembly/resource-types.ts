import { accessEntry } from './resources/access-entry.ts';
import { cdkMetadata } from './resources/cdk-metadata.ts';
import { compositeAlarm } from './resources/composite-alarm.ts';
import { dashboard } from './resources/dashboard.ts';
import { eventBus } from './resources/event-bus.ts';
import { eventBusPolicy } from './resources/event-bus-policy.ts';
import { eventInvokeConfig } from './resources/event-invoke-config.ts';
import { eventRule } from './resources/event-rule.ts';
import { helmChart } from './resources/helm-chart.ts';
import { iamManagedPolicy } from './resources/iam-managed-policy.ts';
import { iamPolicy } from './resources/iam-policy.ts';
import { iamRole } from './resources/iam-role.ts';
import { kmsAlias } from './resources/kms-alias.ts';
import { kmsKey } from './resources/kms-key.ts';
import { lambdaFunction } from './resources/lambda-function.ts';
import { lambdaLayerVersion } from './resources/lambda-layer-version.ts';
import { lambdaPermission } from './resources/lambda-permission.ts';
import { logGroup } from './resources/log-group.ts';
import { metricAlarm } from './resources/metric-alarm.ts';
import { schedule } from './resources/schedule.ts';
import { snsSubscription } from './resources/sns-subscription.ts';
import { snsTopic } from './resources/sns-topic.ts';
import { snsTopicPolicy } from './resources/sns-topic-policy.ts';

/** Every resource type that is known here. A template with another one is refused. */
export const RESOURCE_TYPES = [
  accessEntry,
  cdkMetadata,
  compositeAlarm,
  dashboard,
  eventBus,
  eventBusPolicy,
  eventInvokeConfig,
  eventRule,
  helmChart,
  iamManagedPolicy,
  iamPolicy,
  iamRole,
  kmsAlias,
  kmsKey,
  lambdaFunction,
  lambdaLayerVersion,
  lambdaPermission,
  logGroup,
  metricAlarm,
  schedule,
  snsSubscription,
  snsTopic,
  snsTopicPolicy,
] as const;

/** A resource of any of these types. */
export type CloudResource = ReturnType<(typeof RESOURCE_TYPES)[number]['read']>;
