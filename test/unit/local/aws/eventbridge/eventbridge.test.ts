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
  it('delivers an event that matches a rule to its function, in the envelope of EventBridge', async () => {
    const { eventBridge, invocations, roleWith, clock } = await startWithEventBridge();
    const resources = [`arn:aws:s3:::shop`];
    const output = await putEvents(
      eventBridge,
      roleWith(PUT_ANYTHING),
      entry({ Resources: resources }),
    );
    await eventBridge.settled();
    expect(output).toMatchObject({
      FailedEntryCount: 0,
      Entries: [{ EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
    });
    expect(invocations).toEqual([
      {
        name: FUNCTION_ARN,
        event: {
          version: '0',
          id: output.Entries?.[0]?.EventId,
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

  it('sets the time of an event to its own or to that of the embedded clock', async () => {
    const { eventBridge, roleWith, clock } = await startWithEventBridge();
    const credentials = roleWith(PUT_ANYTHING);
    // Within the maximum age of a signature.
    clock.advance(600);
    const Time = new Date('2026-11-24T02:15:30.750Z');
    await putEvents(eventBridge, credentials, entry({ Time }), entry());
    expect(eventBridge.events[0]?.event.time).toBe('2026-11-24T02:15:30Z');
    expect(Date.parse(eventBridge.events[1]?.event.time ?? '')).toBeCloseTo(
      clock.now().getTime(),
      -4,
    );
  });

  it('accepts the ARN of a bus', async () => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry({ EventBusName: BUS_ARN }));
    expect(invocations).toHaveLength(1);
  });

  it.each([
    ['another source', entry({ Source: 'bank' })],
    ['the default bus', { ...entry(), EventBusName: undefined }],
    ['a bus that does not exist', entry({ EventBusName: 'nowhere' })],
  ])('accepts and drops an event that no rule matches: %s', async (_title, put) => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    const output = await putEvents(eventBridge, roleWith(PUT_ANYTHING), put);
    expect(output).toMatchObject({
      FailedEntryCount: 0,
      Entries: [{ EventId: expect.any(String) }],
    });
    expect(invocations).toEqual([]);
    expect(eventBridge.events).toMatchObject([{ matchedRuleArns: [] }]);
  });

  it('ignores a disabled rule', async () => {
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
  ])('fails only the entry %j', async (wrong, ErrorCode, ErrorMessage) => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    const output = await putEvents(eventBridge, roleWith(PUT_ANYTHING), wrong, entry());
    expect(output).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode, ErrorMessage }, { EventId: expect.any(String) }],
    });
    expect(output.Entries?.[0]).not.toHaveProperty('EventId');
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
  ])('rejects %s entries', async (_title, entries, message) => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    await expect(putEvents(eventBridge, roleWith(PUT_ANYTHING), ...entries)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
    expect(invocations).toEqual([]);
  });

  it('accepts ten entries with a total of 256 KB', async () => {
    const { eventBridge, invocations, roleWith } = await startWithEventBridge();
    const entries = Array.from({ length: 10 }, () => entry({ Detail: kilobytes(25) }));
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), ...entries);
    expect(invocations).toHaveLength(10);
  });

  it.each([
    ['a member of another type', { ...entry(), Resources: [3 as unknown as string] }],
    ['a time after the year 9999', entry({ Time: new Date(8.64e15) })],
  ])('rejects %s', async (_title, wrong) => {
    const { eventBridge, roleWith } = await startWithEventBridge();
    await expect(putEvents(eventBridge, roleWith(PUT_ANYTHING), wrong)).rejects.toMatchObject({
      name: 'SerializationException',
    });
    expect(eventBridge.events).toEqual([]);
  });

  it('is the only supported operation', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge();
    const client = new EventBridgeClient({
      endpoint: eventBridge.url,
      region: REGION,
      credentials: roleWith(PUT_ANYTHING),
      maxAttempts: 1,
    });
    await expect(client.send(new ListRulesCommand())).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'The embedded EventBridge does not support ListRules, only PutEvents',
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

  it('requires a policy that names the bus', async () => {
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
  ])(
    'can be restricted to a %s, and one other entry denies the whole request',
    async (_title, wrong) => {
      const { eventBridge, roleWith, invocations } = await startWithEventBridge();
      const credentials = roleWith({
        ...PUT_ANYTHING,
        Condition: {
          'ForAllValues:StringEquals': { 'events:source': 'shop', 'events:detail-type': 'Sold' },
          Null: { 'events:source': 'false', 'events:detail-type': 'false' },
        },
      });
      await expect(
        putEvents(eventBridge, credentials, entry(), entry(wrong)),
      ).rejects.toMatchObject(denied(NOT_ALLOWED));
      expect(invocations).toEqual([]);
      await putEvents(eventBridge, credentials, entry());
      expect(invocations).toHaveLength(1);
    },
  );

  it('is denied by an identity policy, whatever the bus policy allows', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge({
      busPolicy: ofBus({ Effect: 'Allow' }),
    });
    const credentials = roleWith({ ...PUT_ANYTHING, Effect: 'Deny' });
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject(
      denied('with an explicit deny in an identity-based policy'),
    );
  });

  it('is denied by the bus policy, whatever an identity policy allows', async () => {
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

  it('still requires an identity policy if the bus policy only denies others', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge({ busPolicy: onlySeller });
    const credentials = roleWith({ ...PUT_ANYTHING, Action: 'events:PutRule' });
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject(
      denied(NOT_ALLOWED),
    );
  });

  it.each([
    ['the caller', { AWS: `arn:aws:iam::${ACCOUNT}:role/seller` }, true],
    ['everyone', { AWS: '*' }, true],
    ['the account, which leaves the decision to identity policies', { AWS: ACCOUNT }, false],
  ])('is allowed by the bus policy alone if it names %s', async (_title, principal, allowed) => {
    const { eventBridge, roleWith } = await startWithEventBridge({
      busPolicy: ofBus({ Effect: 'Allow', Principal: principal }),
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
  ])('requires a valid signature: %j', async (wrong, name) => {
    const { eventBridge, roleWith } = await startWithEventBridge();
    const credentials = { ...roleWith(PUT_ANYTHING), ...wrong };
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject({ name });
  });

  it('requires a signature', async () => {
    const { eventBridge } = await startWithEventBridge();
    const response = await fetch(eventBridge.url, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it('ends when the session expires', async () => {
    const { eventBridge, roleWith, iam } = await startWithEventBridge();
    roleWith(PUT_ANYTHING);
    const role = iam.findRole(`arn:aws:iam::${ACCOUNT}:role/seller`);
    if (!role) throw new Error('the role does not exist');
    const { accessKeyId, secretAccessKey, sessionToken } = iam.createSession(
      role,
      's',
      0,
    ).credentials;
    // Without the expiration, as the client would not send the request otherwise.
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    await expect(putEvents(eventBridge, credentials, entry())).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
  });
});

describe('delivery', () => {
  it('is recorded as failed without a permission of the function', async () => {
    const { eventBridge, invocations, metrics, roleWith } = await startWithEventBridge({
      permission: undefined,
    });
    const output = await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await eventBridge.settled();
    expect(output.FailedEntryCount).toBe(0);
    expect(invocations).toEqual([]);
    expect(eventBridge.failedDeliveries).toEqual([
      {
        at: expect.any(Date),
        ruleArn: RULE_ARN,
        targetArn: FUNCTION_ARN,
        eventId: output.Entries?.[0]?.EventId,
        reason: `no permission of the function allows events.amazonaws.com to invoke it for ${RULE_ARN}`,
      },
    ]);
    expect(metrics.metrics()).toContainEqual({
      namespace: 'AWS/Events',
      name: 'FailedInvocations',
      dimensions: { EventBusName: 'pods', RuleName: expect.any(String) },
    });
  });

  it('that succeeds emits no failure metric, not even 0', async () => {
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

  it('is delayed as configured, in real time', async () => {
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

  it('that fails unexpectedly rejects settled()', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge({
      invokeAsync: () => {
        throw new Error('no function');
      },
    });
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await expect(eventBridge.settled()).rejects.toThrow('no function');
    await eventBridge.settled();
  });

  it('that fails unexpectedly rejects stop() if settled() was not called', async () => {
    const { eventBridge, roleWith } = await startWithEventBridge({
      invokeAsync: () => {
        throw new Error('no function');
      },
    });
    await putEvents(eventBridge, roleWith(PUT_ANYTHING), entry());
    await expect(eventBridge.stop()).rejects.toThrow('no function');
  });

  it('that is in flight is dropped by stop()', async () => {
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
  it('affects a whole request', async () => {
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

  it('affects the given number of matching entries', async () => {
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
