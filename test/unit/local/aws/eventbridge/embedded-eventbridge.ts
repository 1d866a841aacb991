import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { onTestFinished } from 'vitest';
import type { Assembly } from '../../../../../local/assembly/assembly.ts';
import type { EventRule } from '../../../../../local/assembly/resources/event-rule.ts';
import type { LambdaFunction } from '../../../../../local/assembly/resources/lambda-function.ts';
import type { CloudResource } from '../../../../../local/assembly/supported-types.ts';
import { createMetricStore } from '../../../../../local/aws/cloudwatch/metric-store.ts';
import {
  type EmbeddedEventBridge,
  startEventBridge,
} from '../../../../../local/aws/eventbridge/eventbridge.ts';
import type { SessionCredentials } from '../../../../../local/aws/iam/session.ts';
import { ACCOUNT, REGION, startEmbeddedAws, trustService } from '../embedded-aws.ts';

export const BUS_ARN = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/pods`;
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:till`;
export const RULE_ARN = `arn:aws:events:${REGION}:${ACCOUNT}:rule/pods/sold`;

/** A rule on the bus `pods` for events of the type `Sold`. */
export const RULE: EventRule = {
  kind: 'event-rule',
  name: 'sold',
  arn: RULE_ARN,
  eventBusName: 'pods',
  pattern: { source: ['shop'], 'detail-type': ['Sold'] },
  enabled: true,
  targetArns: [FUNCTION_ARN],
};

const FUNCTION: LambdaFunction = {
  kind: 'lambda-function',
  functionName: 'till',
  arn: FUNCTION_ARN,
  codeFolder: '',
  handler: 'index.handler',
  runtime: 'nodejs24.x',
  environment: {},
  timeoutSeconds: 3,
  memoryMegabytes: 128,
  roleArn: '',
  logGroupName: '',
  logFormat: 'JSON',
  logLevel: undefined,
  reservedConcurrency: undefined,
};

/** The policy statement of a Lambda permission that allows EventBridge to invoke the function for the rule. */
export const PERMISSION = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: FUNCTION_ARN,
    Condition: { ArnLike: { 'aws:SourceArn': RULE_ARN } },
  },
};

/** Allows putting any event on any bus. */
export const PUT_ANYTHING = { Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' };

interface Invocation {
  readonly name: string;
  readonly event: unknown;
}

interface EventBridgeOptions {
  readonly rules?: readonly EventRule[];
  /** undefined: no permission. */
  readonly permission?: object | undefined;
  readonly busPolicy?: object;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  /** Replaces the function. */
  readonly invokeAsync?: (name: string, event: unknown) => void;
}

/** Starts an EventBridge with the bus `pods`, a rule on it, and a function that EventBridge can invoke. */
export async function startWithEventBridge(options: EventBridgeOptions = {}) {
  const aws = await startEmbeddedAws();
  const invocations: Invocation[] = [];
  const { rules = [RULE], permission = PERMISSION } = options;
  const invokeAsync =
    options.invokeAsync ?? ((name, event) => void invocations.push({ name, event }));
  if (!('permission' in options) || options.permission) {
    aws.iam.addResourcePolicy({ resourceArn: FUNCTION_ARN, name: 'till', document: permission });
  }
  if (options.busPolicy) {
    aws.iam.addResourcePolicy({ resourceArn: BUS_ARN, name: 'pods', document: options.busPolicy });
  }
  const metrics = createMetricStore(aws.clock);
  const eventBridge = await startEventBridge({
    assembly: assemblyOf([
      { kind: 'event-bus', name: 'pods', arn: BUS_ARN, policy: undefined },
      FUNCTION,
      ...rules,
    ]),
    iam: aws.iam,
    clock: aws.clock,
    functions: { invokeAsync, settled: async () => {} },
    metrics,
    sleep: options.sleep,
  });
  onTestFinished(() => eventBridge.stop());

  /** Creates a role with one statement and returns credentials of a session. */
  function roleWith(statement: object, name = 'seller'): SessionCredentials {
    const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
    const document = { Version: '2012-10-17', Statement: statement };
    const trustPolicy = trustService('ec2.amazonaws.com');
    aws.iam.addRole({ arn, trustPolicy, policies: [{ name: 'put', document }] });
    return aws.iam.issueServiceSession(arn, 'ec2.amazonaws.com', 'session').credentials;
  }
  return { ...aws, eventBridge, metrics, invocations, roleWith };
}

function assemblyOf(resources: readonly CloudResource[]): Assembly {
  return {
    target: { account: ACCOUNT, region: REGION, partition: 'aws' },
    stacks: [{ stackName: 'App', resources, outputs: {} }],
  };
}

/** An entry that the rule matches. */
export const entry = (changes: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: 'pods',
  Source: 'shop',
  DetailType: 'Sold',
  Detail: '{"amount":3}',
  ...changes,
});

/** Puts events without retries. */
export function putEvents(
  eventBridge: EmbeddedEventBridge,
  credentials: Omit<SessionCredentials, 'expiration'>,
  ...Entries: PutEventsRequestEntry[]
): Promise<PutEventsCommandOutput> {
  const client = new EventBridgeClient({
    endpoint: eventBridge.url,
    region: REGION,
    credentials,
    maxAttempts: 1,
  });
  return client.send(new PutEventsCommand({ Entries })).finally(() => client.destroy());
}
