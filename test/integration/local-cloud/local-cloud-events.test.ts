import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { loadAssembly, resourcesOf } from '../../../local/assembly/assembly.ts';
import { MovableClock } from '../../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../../local/cloud.ts';
import { changedAssembly } from './tiny-app.ts';
import { synthesizeTinyEventsApp } from './tiny-events-app.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';

let folder: string;
beforeAll(() => {
  folder = synthesizeTinyEventsApp();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A template that tests modify. */
interface Template {
  readonly Resources: Record<
    string,
    { readonly Type: string; Properties: Record<string, unknown> }
  >;
}

async function start(change?: (template: Template) => void): Promise<EmbeddedCloud> {
  const changed =
    change &&
    changedAssembly(folder, (text) => {
      const template: Template = JSON.parse(text);
      change(template);
      return JSON.stringify(template);
    });
  if (changed) onTestFinished(changed.remove);
  const assemblyDir = changed?.dir ?? join(folder, 'cdk.out');
  const cloud = await startCloud({ assemblyDir, clock: new MovableClock() });
  onTestFinished(() => cloud.stop());
  return cloud;
}

/** Puts one event as a role of the template, and waits until it is processed. */
async function put(cloud: EmbeddedCloud, roleName: string, detail: object) {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/${roleName}`;
  const { credentials } = cloud.sts.issueServiceSession(roleArn, 'ec2.amazonaws.com', 'session');
  const client = new EventBridgeClient({
    endpoint: cloud.eventBridge.url,
    region: REGION,
    credentials,
    maxAttempts: 1,
  });
  const event = { EventBusName: 'tiny', Source: 'shop', DetailType: 'Sold' };
  const Entries = [{ ...event, Detail: JSON.stringify(detail) }];
  const output = await client.send(new PutEventsCommand({ Entries }));
  await cloud.eventBridge.settled();
  return output;
}

const removeAll = (type: string) => (template: Template) => {
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (Type === type) delete template.Resources[id];
  }
};

const changeAll = (type: string, properties: object) => (template: Template) => {
  for (const resource of Object.values(template.Resources)) {
    if (resource.Type === type) Object.assign(resource.Properties, properties);
  }
};

describe('an event from the allowed role', () => {
  it('reaches the function', async () => {
    const cloud = await start();
    await put(cloud, 'forwarder', { kind: 'tea', cups: 2 });
    expect(cloud.functions.invocations).toMatchObject([
      {
        functionName: 'tiny',
        result: {
          kind: 'success',
          payload: { source: 'shop', account: ACCOUNT, detail: { kind: 'tea', cups: 2 } },
        },
      },
    ]);
    expect(cloud.eventBridge.failedDeliveries).toEqual([]);
    const used = /^(tiny|forwarder)\//;
    expect(cloud.unusedPolicyParts().filter((id) => used.test(id))).toEqual([
      'tiny/cdk-OnlyTheForwarder',
    ]);
  });

  it('does not reach the function if the pattern does not match', async () => {
    const cloud = await start();
    await put(cloud, 'forwarder', { kind: 'coffee' });
    expect(cloud.functions.invocations).toEqual([]);
    expect(cloud.eventBridge.events).toMatchObject([{ matchedRuleArns: [] }]);
  });

  it('does not reach the function without a permission', async () => {
    const cloud = await start(removeAll('AWS::Lambda::Permission'));
    await put(cloud, 'forwarder', { kind: 'tea' });
    expect(cloud.functions.invocations).toEqual([]);
    expect(cloud.eventBridge.failedDeliveries).toMatchObject([
      { targetArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tiny` },
    ]);
  });

  it('does not reach the function with a permission for another rule', async () => {
    const SourceArn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/tiny/other`;
    const cloud = await start(changeAll('AWS::Lambda::Permission', { SourceArn }));
    await put(cloud, 'forwarder', { kind: 'tea' });
    expect(cloud.functions.invocations).toEqual([]);
    expect(cloud.eventBridge.failedDeliveries).toHaveLength(1);
  });

  it('does not reach the function if the rule is disabled', async () => {
    const cloud = await start(changeAll('AWS::Events::Rule', { State: 'DISABLED' }));
    await put(cloud, 'forwarder', { kind: 'tea' });
    expect(cloud.functions.invocations).toEqual([]);
  });

  it('is delayed as configured, in real time', async () => {
    const cloud = await start();
    cloud.eventBridge.deliveryDelayMs = 40;
    await put(cloud, 'forwarder', { kind: 'tea' });
    const [accepted] = cloud.eventBridge.events;
    const [invocation] = cloud.functions.invocations;
    // A timer can fire a millisecond early.
    expect(Number(invocation?.startedAt) - Number(accepted?.at)).toBeGreaterThanOrEqual(39);
  });
});

describe('an event from another role', () => {
  it('is denied by the bus, although the policy of the role allows it', async () => {
    const cloud = await start();
    await expect(put(cloud, 'thief', { kind: 'tea' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(/with an explicit deny in a resource-based policy$/),
    });
    expect(cloud.functions.invocations).toEqual([]);
  });

  it('reaches the function if the bus has no policy', async () => {
    const cloud = await start(removeAll('AWS::Events::EventBusPolicy'));
    await put(cloud, 'thief', { kind: 'tea' });
    expect(cloud.functions.invocations).toHaveLength(1);
  });
});

describe('a template', () => {
  it('with a chart and CDK functions has the chart, but does not run the functions', async () => {
    const target = { account: ACCOUNT, region: REGION, partition: 'aws' };
    const assembly = loadAssembly(join(folder, 'cdk.out'), target);
    expect(resourcesOf(assembly, 'helm-chart')).toMatchObject([
      {
        clusterName: 'demo',
        release: 'tiny',
        namespace: 'shop',
        createNamespace: true,
        values: { region: REGION },
      },
    ]);
    expect(resourcesOf(assembly, 'cdk-function')).toHaveLength(2);
    const cloud = await start();
    expect(cloud.functions.names).toEqual(['tiny']);
  });

  it.each<[string, string, object, RegExp]>([
    [
      'a rule on a bus that does not exist',
      'AWS::Events::Rule',
      { EventBusName: 'other' },
      /event bus other does not exist/,
    ],
    [
      'a rule with a target other than a function',
      'AWS::Events::Rule',
      { Targets: [{ Arn: 'arn:aws:sqs:eu-central-1:123456789012:q', Id: 'a' }] },
      /is not a function of the assembly/,
    ],
    [
      'an invalid pattern',
      'AWS::Events::Rule',
      { EventPattern: { a: [] } },
      /Empty arrays are not/,
    ],
    [
      'a policy of a bus that does not exist',
      'AWS::Events::EventBusPolicy',
      { EventBusName: 'other' },
      /event bus other does not exist/,
    ],
    [
      'an unsupported statement',
      'AWS::Events::EventBusPolicy',
      {
        Statement: {
          Effect: 'Deny',
          Principal: '*',
          Action: '*',
          Resource: '*',
          Condition: { DateLessThan: {} },
        },
      },
      /condition operator DateLessThan is not supported/,
    ],
    [
      'a permission for a function that does not exist',
      'AWS::Lambda::Permission',
      { FunctionName: 'other' },
      /function other does not exist/,
    ],
    [
      'access policies for a role of the product',
      'AWS::EKS::AccessEntry',
      { PrincipalArn: `arn:aws:iam::${ACCOUNT}:role/forwarder` },
      /access policies are not supported/,
    ],
  ])('with %s cannot be deployed', async (_title, type, properties, message) => {
    await expect(start(changeAll(type, properties))).rejects.toThrow(message);
  });
});
