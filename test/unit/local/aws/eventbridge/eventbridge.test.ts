import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { EVENTBRIDGE_THROTTLING } from '../../../../../local/aws/eventbridge/eventbridge.ts';
import { ACCOUNT, REGION } from '../embedded-aws.ts';
import {
  BUS_ARN,
  entry,
  FUNCTION_ARN,
  PERMISSION,
  PUT_ANYTHING,
  putEvents,
  RULE,
  RULE_ARN,
  startWithEventBridge,
} from './embedded-eventbridge.ts';

describe('PutEvents', () => {
  it('hands what matches a rule to its function, in the envelope of EventBridge', async () => {
    const { eventBridge, invocations, roleWith, clock } = await startWithEventBridge();
    const resources = [`arn:aws:s3:::shop`];
    const answer = await putEvents(
      eventBridge,
      roleWith(PUT_ANYTHING),
      entry({ Resources: resources }),
    );
    await eventBridge.settled();
    expect(answer).toMatchObject({
      FailedEntryCount: 0,
      Entries: [{ EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
    });
    expect(invocations).toEqual([
      {
        name: FUNCTION_ARN,
        event: {
          version: '0',
          id: answer.Entries?.[0]?.EventId,
          'detail-type': 'Sold',
          source: 'shop',
          account: ACCOUNT,
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          region: REGION,
          resources,
          detail: { amount: 3 },
        },
      },
    ]);
    expect(eventBridge.events).toMatchObject([
      { at: expect.any(Date), busArn: BUS_ARN, matchedRuleArns: [RULE_ARN] },
    ]);
    expect(eventBridge.events[0]?.at.getTime()).toBeCloseTo(clock.now().getTime(), -4);
    expect(eventBridge.calls).toMatchObject([
      { action: 'PutEvents', resource: 'pods', status: 200 },
    ]);
  });

  it('gives an event the time of the embedded clock, or the one that it says', async () => {
    const { eventBridge, roleWith, clock } = await startWithEventBridge();
    const credentials = roleWith(PUT_ANYTHING);
    // Within what a signature may be late.
    clock.advance(600);
    const Time = new Date('2026-11-24T02:15:30.750Z');
    await putEvents(eventBridge, credentials, entry({ Time }), entry());
    expect(eventBridge.events[0]?.event.time).toBe('2026-11-24T02:15:30Z');
    expect(Date.parse(eventBridge.events[1]?.event.time ?? '')).toBeCloseTo(
      clock.now().getTime(),
      -4,
    );
  });

  it('takes a bus by its ARN', async () => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry({ EventBusName: BUS_ARN }));
    expect(invocations).toHaveLength(1);
  });

  it.each([
    ['another source', entry({ Source: 'bank' })],
    ['the bus of every account', { ...entry(), EventBusName: undefined }],
    ['a bus that is not there', entry({ EventBusName: 'nowhere' })],
  ])('takes what no rule matches, and drops it: %s', async (_title, put) => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    const answer = await putEvents(eventBridge, roleWith(PUT_ANYTHING), put);
    expect(answer).toMatchObject({
      FailedEntryCount: 0,
      Entries: [{ EventId: expect.any(String) }],
    });
    expect(invocations).toEqual([]);
    expect(eventBridge.events).toMatchObject([{ matchedRuleArns: [] }]);
  });

  it('passes by a rule that is disabled', async () => {
    const rules = [{ ...RULE, enabled: false }];
    const { eventBridge, invocations, roleWith } = await startWithEventBridge({ rules });
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    expect(invocations).toEqual([]);
  });

  it.each([
    [
      entry({ Source: '' }),
      'InvalidArgument',
      'Parameter Source is not valid. Reason: Source is a required argument.',
    ],
    [
      { EventBusName: 'pods', Source: 'shop', Detail: '{}' },
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    ],
    [
      { EventBusName: 'pods', Source: 'shop', DetailType: 'Sold' },
      'InvalidArgument',
      'Parameter Detail is not valid. Reason: Detail is a required argument.',
    ],
    [
      entry({ DetailType: 'x'.repeat(129) }),
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: longer than 128 characters',
    ],
    [entry({ Detail: '{' }), 'MalformedDetail', 'Detail is malformed.'],
    [entry({ Detail: '[]' }), 'MalformedDetail', 'Detail is malformed.'],
    [entry({ Detail: '"text"' }), 'MalformedDetail', 'Detail is malformed.'],
    [entry({ Detail: 'null' }), 'MalformedDetail', 'Detail is malformed.'],
    [
      entry({ Source: 'aws.ec2' }),
      'NotAuthorizedForSourceException',
      'Not authorized for the source.',
    ],
  ])('fails the entry %j alone', async (wrong, ErrorCode, ErrorMessage) => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    const answer = await putEvents(eventBridge, roleWith(PUT_ANYTHING), wrong, entry());
    expect(answer).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode, ErrorMessage }, { EventId: expect.any(String) }],
    });
    expect(answer.Entries?.[0]).not.toHaveProperty('EventId');
    expect(invocations).toHaveLength(1);
    expect(eventBridge.events).toHaveLength(1);
  });

  const kilobytes = (count: number) => JSON.stringify({ text: 'x'.repeat(count * 1_024) });
  it.each([
    ['none', [], /Value '\[\]' at 'entries' .* length greater than or equal to 1$/],
    ['11', Array.from({ length: 11 }, () => entry()), /length less than or equal to 10$/],
    [
      'more than 256 KB of',
      [entry({ Detail: kilobytes(128) }), entry({ Detail: kilobytes(128) })],
      /^Total size of the entries in the request is over the limit\.$/,
    ],
    [
      'a malformed bus name in',
      [entry(), entry({ EventBusName: 'a bus' })],
      /Value 'a bus' at 'entries\.2\.member\.eventBusName' failed to satisfy/,
    ],
  ])('refuses %s entries', async (_title, entries, message) => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    await expect(putEvents(eventBridge, roleWith(PUT_ANYTHING), ...entries)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
    expect(invocations).toEqual([]);
  });

  it('takes ten entries of 256 KB together', async () => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    const entries = Array.from({ length: 10 }, () => entry({ Detail: kilobytes(25) }));
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), ...entries);
    expect(invocations).toHaveLength(10);
  });

  it.each([
    ['a member of another type', { ...entry(), Resources: [3 as unknown as string] }],
    ['a time after the year 9999', entry({ Time: new Date(8.64e15) })],
  ])('refuses %s', async (_title, wrong) => {
    const { eventBridge, roleWith } = await startWithEventBridge();
    await expect(putEvents(eventBridge, roleWith(PUT_ANYTHING), wrong)).rejects.toMatchObject({
      name: 'SerializationException',
    });
    expect(eventBridge.events).toEqual([]);
  });

  it('is all that the embedded EventBridge does', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge();
    const client = new EventBridgeClient({
      endpoint: eventBridge.url,
      region: REGION,
      credentials: roleWith(PUT_ANYTHING),
      maxAttempts: 1,
    });
    await expect(client.send(new ListRulesCommand())).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'The embedded EventBridge answers PutEvents only, not ListRules',
    });
  });
});

describe('access to a bus', () => {
  const USER = `User: arn:aws:sts::${ACCOUNT}:assumed-role/seller/session`;
  const denied = (why: string) => ({
    name: 'AccessDeniedException',
    message: `${USER} is not authorized to perform: events:PutEvents on resource: ${BUS_ARN} ${why}`,
    $metadata: { httpStatusCode: 400 },
  });
  const NOT_ALLOWED = 'because no identity-based policy allows the events:PutEvents action';
  const ofBus = (statement: object) => ({
    Version: '2012-10-17',
    Statement: { Principal: '*', Action: 'events:PutEvents', Resource: BUS_ARN, ...statement },
  });
  const onlySeller = ofBus({
    Effect: 'Deny',
    Condition: { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/seller` } },
  });

  it('needs a policy that names the bus', async () => {
    const { eventBridge, roleWith, invocations } = await startWithEventBridge();
    const credentials = roleWith({ ...PUT_ANYTHING, Resource: `${BUS_ARN}-2` });
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject(
      denied(NOT_ALLOWED),
    );
    expect(invocations).toEqual([]);
    expect(eventBridge.calls).toMatchObject([
      {
        caller: `arn:aws:sts::${ACCOUNT}:assumed-role/seller/session`,
        errorCode: 'AccessDeniedException',
      },
    ]);
  });

  it.each([
    ['source', { Source: 'bank' }],
    ['detail type', { DetailType: 'Returned' }],
  ])('can be bound to a %s, and one wrong entry refuses them all', async (_title, wrong) => {
    const { eventBridge, roleWith, invocations } = await startWithEventBridge();
    const credentials = roleWith({
      ...PUT_ANYTHING,
      Condition: { StringEquals: { 'events:source': 'shop', 'events:detail-type': 'Sold' } },
    });
    await expect(putEvents(eventBridge, credentials, entry(), entry(wrong))).rejects.toMatchObject(
      denied(NOT_ALLOWED),
    );
    expect(invocations).toEqual([]);
    await putEvents(eventBridge, credentials, entry());
    expect(invocations).toHaveLength(1);
  });

  it('is denied by an identity policy, whatever the bus allows', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge({
      busPolicy: ofBus({ Effect: 'Allow' }),
    });
    const credentials = roleWith({ ...PUT_ANYTHING, Effect: 'Deny' });
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject(
      denied('with an explicit deny in an identity-based policy'),
    );
  });

  it('is denied by the policy of the bus, whatever an identity policy allows', async () => {
    const { eventBridge, roleWith, invocations } = await startWithEventBridge({
      busPolicy: onlySeller,
    });
    await expect(
      putEvents(eventBridge, roleWith(PUT_ANYTHING, 'thief'), entry()),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(
        /role\/thief\/.* with an explicit deny in a resource-based policy$/,
      ),
    });
    expect(invocations).toEqual([]);
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    expect(invocations).toHaveLength(1);
  });

  it('still needs an identity policy when the bus only denies others', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge({ busPolicy: onlySeller });
    const credentials = roleWith({ ...PUT_ANYTHING, Action: 'events:PutRule' });
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject(
      denied(NOT_ALLOWED),
    );
  });

  it.each([
    ['the caller', { AWS: `arn:aws:iam::${ACCOUNT}:role/seller` }, true],
    ['everybody', { AWS: '*' }, true],
    ['the account, which leaves it to the identity policies', { AWS: ACCOUNT }, false],
  ])('is allowed by the policy of the bus alone when that names %s', async (_t, who, allowed) => {
    const { eventBridge, roleWith } = await startWithEventBridge({
      busPolicy: ofBus({ Effect: 'Allow', Principal: who }),
    });
    const put = putEvents(
      eventBridge,
      roleWith({ ...PUT_ANYTHING, Action: 'events:PutRule' }),
      entry(),
    );
    if (allowed) await expect(put).resolves.toMatchObject({ FailedEntryCount: 0 });
    else await expect(put).rejects.toMatchObject(denied(NOT_ALLOWED));
  });

  it.each([
    [{ secretAccessKey: 'x' }, 'InvalidSignatureException'],
    [{ accessKeyId: 'ASIAX' }, 'UnrecognizedClientException'],
    [{ sessionToken: 'x' }, 'UnrecognizedClientException'],
  ])('needs a good signature: %j', async (wrong, name) => {
    const { eventBridge, roleWith } = await startWithEventBridge();
    const credentials = { ...roleWith(PUT_ANYTHING), ...wrong };
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject({ name });
  });

  it('needs a signature for EventBridge', async () => {
    const { eventBridge } = await startWithEventBridge();
    const answer = await fetch(eventBridge.url, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it('ends with the session', async () => {
    const { eventBridge, roleWith, iam } = await startWithEventBridge();
    roleWith(PUT_ANYTHING);
    const role = iam.findRole(`arn:aws:iam::${ACCOUNT}:role/seller`);
    if (!role) throw new Error('there is no role');
    const { accessKeyId, secretAccessKey, sessionToken } = iam.createSession(
      role,
      's',
      0,
    ).credentials;
    // The client is not told when they end: it would not even send the request.
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
  });
});

describe('delivery', () => {
  it('is dropped without a permission of the function, and seen', async () => {
    const { eventBridge, invocations, metrics, roleWith } = await startWithEventBridge({
      permission: undefined,
    });
    const answer = await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await eventBridge.settled();
    expect(answer.FailedEntryCount).toBe(0);
    expect(invocations).toEqual([]);
    expect(eventBridge.failedDeliveries).toEqual([
      {
        at: expect.any(Date),
        ruleArn: RULE_ARN,
        targetArn: FUNCTION_ARN,
        eventId: answer.Entries?.[0]?.EventId,
        reason: `no permission of the function lets events.amazonaws.com invoke it for ${RULE_ARN}`,
      },
    ]);
    expect(metrics.metrics()).toContainEqual({
      namespace: 'AWS/Events',
      name: 'FailedInvocations',
      dimensions: { EventBusName: 'pods', RuleName: expect.any(String) },
    });
  });

  it('that succeeds leaves no count of failures, not even 0', async () => {
    const { eventBridge, metrics, roleWith } = await startWithEventBridge();
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await eventBridge.settled();
    expect(metrics.metrics().map(({ name }) => name)).toEqual([
      'MatchedEvents',
      'TriggeredRules',
      'Invocations',
    ]);
  });

  it.each([
    ['another rule', { Condition: { ArnLike: { 'aws:SourceArn': `${RULE_ARN}-2` } } }],
    ['another account', { Condition: { StringEquals: { 'aws:SourceAccount': '210987654321' } } }],
    ['another service', { Principal: { Service: 's3.amazonaws.com' } }],
    ['another action', { Action: 'lambda:GetFunction' }],
  ])('is not allowed by a permission for %s', async (_title, change) => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge({
      permission: { ...PERMISSION, Statement: { ...PERMISSION.Statement, ...change } },
    });
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await eventBridge.settled();
    expect(invocations).toEqual([]);
    expect(eventBridge.failedDeliveries).toHaveLength(1);
  });

  it('takes as long as it is set to, by the machine', async () => {
    const sleeps: { milliseconds: number; wake: () => void }[] = [];
    const { eventBridge, invocations, roleWith } = await startWithEventBridge({
      sleep: (milliseconds) => new Promise<void>((wake) => sleeps.push({ milliseconds, wake })),
    });
    const credentials = roleWith(PUT_ANYTHING);
    eventBridge.deliveryDelayMs = 130;
    await putEvents(eventBridge, credentials, entry());
    expect(invocations).toEqual([]);
    eventBridge.deliveryDelayMs = 0;
    await putEvents(eventBridge, credentials, entry());
    expect(invocations).toHaveLength(1);
    const settled = eventBridge.settled();
    expect(sleeps.map(({ milliseconds }) => milliseconds)).toEqual([130]);
    sleeps[0]?.wake();
    await settled;
    expect(invocations).toHaveLength(2);
  });

  it('that breaks is an error for who waits', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge({
      invokeAsync: () => {
        throw new Error('no function');
      },
    });
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await expect(eventBridge.settled()).rejects.toThrow('no function');
    await eventBridge.settled();
  });

  it('that breaks and is not waited for is an error for who stops', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge({
      invokeAsync: () => {
        throw new Error('no function');
      },
    });
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await expect(eventBridge.stop()).rejects.toThrow('no function');
  });

  it('that is on its way at the end is dropped', async () => {
    const sleeping: (() => void)[] = [];
    const { eventBridge, invocations, roleWith } = await startWithEventBridge({
      sleep: () => new Promise<void>((wake) => sleeping.push(wake)),
    });
    eventBridge.deliveryDelayMs = 80;
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await eventBridge.stop();
    for (const wake of sleeping) wake();
    await eventBridge.settled();
    expect(invocations).toEqual([]);
  });
});

describe('a fault', () => {
  it('meets a whole request', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge();
    const credentials = roleWith(PUT_ANYTHING);
    eventBridge.faults.add({
      effect: EVENTBRIDGE_THROTTLING,
      match: ({ action, resource }) => action === 'PutEvents' && resource === 'pods',
    });
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
    eventBridge.faults.add({ effect: { kind: 'drop' } });
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toThrow();
    expect(eventBridge.events).toEqual([]);
    await putEvents(eventBridge, credentials, entry());
    expect(eventBridge.calls.map(({ errorCode }) => errorCode)).toEqual([
      'ThrottlingException',
      undefined,
      undefined,
    ]);
  });

  it('meets chosen entries, as often as is said', async () => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    const credentials = roleWith(PUT_ANYTHING);
    eventBridge.entryFaults.add({
      effect: 'ThrottlingException',
      match: ({ Detail }) => Detail?.includes('7') ?? false,
    });
    const remove = eventBridge.entryFaults.add({
      effect: 'InternalFailure',
      match: ({ Detail }) => Detail?.includes('8') ?? false,
      times: Number.POSITIVE_INFINITY,
    });
    const amounts = ['7', '8', '9'].map((amount) => entry({ Detail: `{"amount":${amount}}` }));
    const first = await putEvents(eventBridge, credentials, ...amounts);
    expect(first).toMatchObject({
      FailedEntryCount: 2,
      Entries: [
        { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' },
        { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal Service Failure' },
        { EventId: expect.any(String) },
      ],
    });
    expect((await putEvents(eventBridge, credentials, ...amounts)).FailedEntryCount).toBe(1);
    remove();
    expect((await putEvents(eventBridge, credentials, ...amounts)).FailedEntryCount).toBe(0);
    eventBridge.entryFaults.add({ effect: 'InternalFailure', times: Number.POSITIVE_INFINITY });
    eventBridge.entryFaults.clear();
    await putEvents(eventBridge, credentials, entry());
    expect(invocations).toHaveLength(7);
  });
});
