import type { ResourceType } from './resource-type.ts';
import { accessEntry } from './resources/access-entry.ts';
import { lambdaLayerVersion } from './resources/cdk-function.ts';
import { compositeAlarm } from './resources/composite-alarm.ts';
import { dashboard } from './resources/dashboard.ts';
import { eventBus, eventBusPolicy } from './resources/event-bus.ts';
import { eventRule } from './resources/event-rule.ts';
import { helmChart } from './resources/helm-chart.ts';
import { iamManagedPolicy, iamPolicy } from './resources/iam-policies.ts';
import { iamRole } from './resources/iam-role.ts';
import { kmsAlias, kmsKey } from './resources/kms.ts';
import { eventInvokeConfig, lambdaFunction } from './resources/lambda-function.ts';
import { lambdaPermission } from './resources/lambda-permission.ts';
import { logGroup } from './resources/log-group.ts';
import { metricAlarm } from './resources/metric-alarm.ts';
import { schedule } from './resources/schedule.ts';
import { secret } from './resources/secret.ts';
import { snsSubscription, snsTopic, snsTopicPolicy } from './resources/sns.ts';

/** What the CDK reports to AWS about the constructs of a stack; it has no effect. */
const cdkMetadata: ResourceType<{ readonly kind: 'cdk-metadata' }> = {
  type: 'AWS::CDK::Metadata',
  read: () => ({ kind: 'cdk-metadata' }),
};

/** Every supported resource type. A template with another type is rejected. */
export const SUPPORTED_TYPES = [
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
  secret,
  snsSubscription,
  snsTopic,
  snsTopicPolicy,
] as const;

/** A resource of any supported type. */
export type CloudResource = ReturnType<(typeof SUPPORTED_TYPES)[number]['read']>;
