import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionHolds } from '../../../../../local/aws/iam/condition.ts';
import { type Caller, evaluatePolicies } from '../../../../../local/aws/iam/evaluate-policies.ts';
import { matchesArnGlob, matchesGlob, matchesResource } from '../../../../../local/aws/iam/glob.ts';
import { parsePolicy } from '../../../../../local/aws/iam/policy-document.ts';

const caller: Caller = {
  kind: 'role-session',
  roleArn: 'arn:aws:iam::123456789012:role/team/caller',
  sessionName: 'session',
};
const ROLE = 'arn:aws:iam::123456789012:role/app-reader';

function outcomeOf(statements: object[], action = 'sts:AssumeRole', resource = ROLE) {
  const policy = parsePolicy('p', 'identity', { Version: '2012-10-17', Statement: statements });
  return evaluatePolicies([policy], { caller, action, resource, context: {} }).outcome;
}

function decideTrust(principal: unknown, by: Caller = caller) {
  const policy = parsePolicy('p', 'trust', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' },
  });
  return evaluatePolicies([policy], {
    caller: by,
    action: 'sts:AssumeRole',
    resource: ROLE,
    context: {},
  });
}

describe('an identity policy', () => {
  const allowApps = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*:role/app-*' };
  const denyReader = { Effect: 'Deny', Action: '*', Resource: 'arn:aws:iam::*:role/*reader' };

  it.each([
    ['allows what an Allow matches', [allowApps], 'allowed'],
    [
      'denies implicitly if no statement applies',
      [{ ...allowApps, Resource: '*:role/db-*' }],
      'implicitDeny',
    ],
    ['lets a Deny override an Allow in any order', [allowApps, denyReader], 'explicitDeny'],
    ['lets a Deny override an Allow in any order', [denyReader, allowApps], 'explicitDeny'],
    ['ignores the case of actions', [{ ...allowApps, Action: 'STS:assume*' }], 'allowed'],
    [
      'respects the case of resources',
      [{ ...allowApps, Resource: '*:role/App-*' }],
      'implicitDeny',
    ],
    [
      'applies NotAction to all other actions',
      [{ Effect: 'Allow', NotAction: ['sts:AssumeRole'], Resource: '*' }],
      'implicitDeny',
    ],
    [
      'applies NotResource to all other resources',
      [{ Effect: 'Deny', Action: '*', NotResource: '*:role/app-writer' }],
      'explicitDeny',
    ],
  ])('%s', (_title, statements, outcome) => {
    expect(outcomeOf(statements)).toBe(outcome);
  });

  it('denies whenever one of its statements is an applicable Deny', () => {
    const statement = fc.record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      Action: fc.constantFrom('*', 'sts:*', 'sts:AssumeRole', 'eks:*'),
      Resource: fc.constantFrom('*', ROLE, '*:role/app-*', '*:role/db-*'),
    });
    const around = fc.array(statement, { maxLength: 4 });
    fc.assert(
      fc.property(around, around, (before, after) => {
        expect(outcomeOf([...before, denyReader, ...after])).toBe('explicitDeny');
      }),
    );
  });

  it('lists the statements that applied', () => {
    const policy = parsePolicy('p', 'identity', {
      Version: '2012-10-17',
      Statement: [{ Sid: 'Apps', ...allowApps }, denyReader, { ...allowApps, Action: 'eks:*' }],
    });
    const decision = evaluatePolicies([policy], {
      caller,
      action: 'sts:AssumeRole',
      resource: ROLE,
      context: {},
    });
    expect(decision.statements.map(({ id }) => id)).toEqual(['p/Apps', 'p/2']);
  });
});

describe('a trust policy', () => {
  it.each([
    ['the account', { AWS: 'arn:aws:iam::123456789012:root' }, 'allowed', false],
    ['the account by number', { AWS: '123456789012' }, 'allowed', false],
    ['another account', { AWS: 'arn:aws:iam::210987654321:root' }, 'implicitDeny', false],
    ['the role', { AWS: ['arn:aws:iam::123456789012:role/team/caller'] }, 'allowed', true],
    [
      'the role without its path',
      { AWS: 'arn:aws:iam::123456789012:role/caller' },
      'implicitDeny',
      false,
    ],
    [
      'the session',
      { AWS: 'arn:aws:sts::123456789012:assumed-role/caller/session' },
      'allowed',
      true,
    ],
    ['everyone', '*', 'allowed', true],
    ['a service', { Service: 'lambda.amazonaws.com' }, 'implicitDeny', false],
  ])('that names %s', (_title, principal, outcome, namesCaller) => {
    expect(decideTrust(principal)).toMatchObject({ outcome, namesCaller });
  });

  it.each([
    ['lambda.amazonaws.com', 'allowed'],
    ['scheduler.amazonaws.com', 'implicitDeny'],
  ])('for services decides for %s: %s', (service, outcome) => {
    const principal = { Service: ['lambda.amazonaws.com', 'edgelambda.amazonaws.com'] };
    expect(decideTrust(principal, { kind: 'service', service }).outcome).toBe(outcome);
  });
});

describe('a resource policy', () => {
  const bus = 'arn:aws:events:eu-central-1:123456789012:event-bus/pods';
  const forwarder = 'arn:aws:iam::123456789012:role/team/forwarder';
  const onlyTheForwarder = {
    Effect: 'Deny',
    Principal: '*',
    Action: 'events:PutEvents',
    Resource: bus,
    Condition: { ArnNotEquals: { 'aws:PrincipalArn': forwarder } },
  };
  const decide = (statement: object, roleArn: string, resource = bus) =>
    evaluatePolicies(
      [parsePolicy('p', 'resource', { Version: '2012-10-17', Statement: statement })],
      {
        caller: { kind: 'role-session', roleArn, sessionName: 's' },
        action: 'events:PutEvents',
        resource,
        context: { 'aws:PrincipalArn': roleArn, 'events:source': 'shop' },
      },
    );

  it.each([
    ['that role', forwarder, bus, 'implicitDeny'],
    [
      'a role of the same name without a path',
      'arn:aws:iam::123456789012:role/forwarder',
      bus,
      'explicitDeny',
    ],
    ['another role, for another resource', caller.roleArn, `${bus}-2`, 'implicitDeny'],
  ])('that denies all but one role decides for %s', (_title, roleArn, resource, outcome) => {
    expect(decide(onlyTheForwarder, roleArn, resource).outcome).toBe(outcome);
  });

  it('treats the AWS principal * as everyone', () => {
    const statement = { ...onlyTheForwarder, Principal: { AWS: '*' } };
    expect(decide(statement, caller.roleArn).outcome).toBe('explicitDeny');
  });

  it('can refer to the content of an event', () => {
    const allow = { ...onlyTheForwarder, Effect: 'Allow', Condition: {} };
    const bySource = (source: string) => ({
      'ForAllValues:StringEquals': { 'events:source': source },
    });
    const ofShop = { ...allow, Condition: bySource('shop') };
    const ofTill = { ...allow, Condition: bySource('till') };
    expect(decide(ofShop, forwarder)).toMatchObject({ outcome: 'allowed', namesCaller: true });
    expect(decide(ofTill, forwarder).outcome).toBe('implicitDeny');
  });

  it('requires a principal and a resource', () => {
    const document = (statement: object) => ({ Version: '2012-10-17', Statement: statement });
    const { Principal, Resource, ...rest } = onlyTheForwarder;
    expect(() => parsePolicy('b', 'resource', document({ ...rest, Resource }))).toThrow(
      'statement b/1: a resource policy requires a Principal',
    );
    expect(() => parsePolicy('b', 'resource', document({ ...rest, Principal }))).toThrow(
      'statement b/1: exactly one of Resource and NotResource is required',
    );
  });
});

describe('a condition', () => {
  const context = {
    'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-1',
    'sts:RoleSessionName': 'shop@demo',
    'aws:RequestTag/kubernetes-namespace': 'shop',
    'aws:SecureTransport': 'true',
  };
  it.each([
    ['StringEquals', 'sts:RoleSessionName', ['shop@demo'], true],
    ['StringEquals', 'STS:rolesessionname', ['other', 'shop@demo'], true],
    ['StringEquals', 'sts:RoleSessionName', ['shop@*'], false],
    ['StringNotEquals', 'sts:RoleSessionName', ['shop@demo', 'other'], false],
    ['StringNotEquals', 'sts:ExternalId', ['x'], true],
    ['StringLike', 'sts:RoleSessionName', ['shop@*'], true],
    ['StringNotLike', 'sts:RoleSessionName', ['shop@*'], false],
    ['StringEquals', 'sts:ExternalId', ['x'], false],
    ['StringEqualsIfExists', 'sts:ExternalId', ['x'], true],
    ['ArnEquals', 'aws:PrincipalArn', ['arn:aws:iam::*:role/kube-aws-iam-*'], true],
    ['ArnLike', 'aws:PrincipalArn', ['arn:aws:iam:*:role/kube-aws-iam-*'], false],
    ['ArnNotLike', 'aws:PrincipalArn', ['arn:aws:iam::*:role/kube-aws-iam-*'], false],
    ['ArnNotEquals', 'aws:PrincipalArn', ['arn:aws:iam::123456789012:role/other'], true],
    // A text that is no ARN neither equals an ARN nor differs from it.
    ['ArnNotEquals', 'aws:PrincipalArn', ['kube-aws-iam-eu-1'], false],
    ['ArnNotLike', 'aws:PrincipalArn', ['arn:aws:iam::1:role/x', '*'], false],
    ['ArnNotLike', 'sts:RoleSessionName', ['arn:aws:iam::*:role/x'], false],
    ['ArnEquals', 'sts:RoleSessionName', ['shop@demo'], false],
    ['ArnLike', 'aws:PrincipalArn', ['*'], false],
    // An absent key is not compared.
    ['ArnNotEquals', 'aws:SourceArn', ['x'], true],
    ['ArnNotEqualsIfExists', 'aws:SourceArn', ['x'], true],
    ['Bool', 'aws:SecureTransport', ['true'], true],
    ['Bool', 'aws:SecureTransport', ['false'], false],
    ['StringEquals', 'aws:RequestTag/kubernetes-namespace', ['shop'], true],
  ])('%s %s %j holds: %s', (operator, key, values, expected) => {
    expect(conditionHolds({ [operator]: { [key]: values } }, context)).toBe(expected);
  });

  const two = { 'events:source': ['shop', 'till'] };
  const one = { 'events:source': ['shop'] };
  const none = { 'events:source': [] };
  it.each([
    // All values of the request, or any of them.
    ['ForAllValues:StringEquals', ['shop'], one, true],
    ['ForAllValues:StringEquals', ['shop'], two, false],
    ['ForAllValues:StringEquals', ['shop', 'till'], two, true],
    ['ForAnyValue:StringEquals', ['shop'], two, true],
    ['ForAnyValue:StringEquals', ['bank'], two, false],
    ['ForAllValues:StringLike', ['sh*'], two, false],
    ['ForAnyValue:StringLike', ['sh*'], two, true],
    ['ForAllValues:StringNotEquals', ['bank'], two, true],
    ['ForAllValues:StringNotEquals', ['shop'], two, false],
    ['ForAnyValue:StringNotEquals', ['shop'], two, true],
    ['ForAnyValue:StringNotEquals', ['shop', 'till'], two, false],
    // A key without values is absent.
    ['ForAllValues:StringEquals', ['shop'], none, true],
    ['ForAllValues:StringEquals', ['shop'], {}, true],
    ['ForAnyValue:StringEquals', ['shop'], none, false],
    ['ForAnyValue:StringNotEquals', ['shop'], {}, false],
    ['ForAnyValue:StringEqualsIfExists', ['shop'], {}, true],
    ['ForAnyValue:StringEqualsIfExists', ['shop'], { 'events:source': ['bank'] }, false],
    ['Null', ['false'], one, true],
    ['Null', ['false'], none, false],
    ['Null', ['false'], {}, false],
    ['Null', ['true'], {}, true],
    ['Null', ['TRUE'], one, false],
  ])('%s %j holds for %j: %s', (operator, values, request, expected) => {
    expect(conditionHolds({ [operator]: { 'events:source': values } }, request)).toBe(expected);
  });

  it('of the forwarder holds for its own entries, with a source and a detail type each', () => {
    const block = {
      'ForAllValues:StringEquals': { 'events:source': ['shop'], 'events:detail-type': ['Sold'] },
      Null: { 'events:source': ['false'], 'events:detail-type': ['false'] },
    };
    const sold = { 'events:source': ['shop'], 'events:detail-type': ['Sold'] };
    expect(conditionHolds(block, sold)).toBe(true);
    expect(conditionHolds(block, { ...sold, 'events:source': ['shop', 'bank'] })).toBe(false);
    expect(conditionHolds(block, { ...sold, 'events:detail-type': [] })).toBe(false);
    expect(conditionHolds(block, { 'events:detail-type': ['Sold'] })).toBe(false);
    expect(conditionHolds(block, {})).toBe(false);
  });

  it('holds only if every operator and key does', () => {
    const block = {
      StringEquals: { 'sts:RoleSessionName': ['shop@demo'] },
      Bool: { 'aws:SecureTransport': ['false'] },
    };
    expect(conditionHolds(block, context)).toBe(false);
  });
});

describe('a pattern', () => {
  it.each([
    ['arn:aws:iam::*:role/app-?', 'arn:aws:iam::1:role/app-x', true],
    ['arn:aws:iam::*:role/app-?', 'arn:aws:iam::1:role/app-xy', false],
    ['a.c', 'abc', false],
    ['*', '', true],
  ])('matches %s against %s: %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it.each([
    ['arn:aws:iam::1:role/*', 'arn:aws:iam::1:role/a/b', true],
    ['*', 'arn:aws:iam::1:role/a', true],
    // A `*` at the end of a segment extends over colons, another one does not.
    ['arn:aws:logs:*', 'arn:aws:logs:eu-1:1:log-group:a:log-stream:b', true],
    ['arn:aws:logs:*:log-stream:b', 'arn:aws:logs:eu-1:1:log-group:a:log-stream:b', true],
    ['arn:aws:logs:*:1:log-group:a*:*', 'arn:aws:logs:eu-1:1:log-group:ab:log-stream:b', true],
    ['arn:aws:logs:*1:log-group:a:*', 'arn:aws:logs:eu-1:1:log-group:a:log-stream:b', false],
    ['arn:aws:logs:eu-1:1:log-group:*b', 'arn:aws:logs:eu-1:1:log-group:a:log-stream:b', false],
    ['arn:aws:logs:eu-1:1:log-group:*b', 'arn:aws:logs:eu-1:1:log-group:ab', true],
    ['*:role/*-reader', 'arn:aws:iam::1:role/app-reader', true],
    ['*reader', 'arn:aws:iam::1:role/app-reader', false],
    ['arn:aws:iam::1?role/a', 'arn:aws:iam::1:role/a', false],
    ['arn:aws:iam::1:role/app.', 'arn:aws:iam::1:role/appx', false],
  ])('of a Resource element, %s, matches %s: %s', (pattern, arn, expected) => {
    expect(matchesResource(pattern, arn)).toBe(expected);
  });

  it('of an ARN condition does not extend a wildcard over a colon', () => {
    expect(matchesArnGlob('arn:aws:iam::*', 'arn:aws:iam::1:role/x')).toBe(false);
    expect(matchesArnGlob('arn:aws:iam::1:*', 'arn:aws:iam::1:role/a:b')).toBe(true);
  });
});

describe('a policy document', () => {
  const base = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
  it.each([
    ['an unknown element', { ...base, Conditions: {} }, /Unrecognized key: "Conditions"/],
    ['an unknown operator', { ...base, Condition: { DateLessThan: {} } }, /DateLessThan/],
    [
      'an unknown set operator',
      { ...base, Condition: { 'ForSomeValues:StringLike': { 'aws:PrincipalArn': 'x' } } },
      /ForSomeValues:StringLike is not supported/,
    ],
    [
      'a Null with a set operator',
      { ...base, Condition: { 'ForAllValues:Null': { 'events:source': 'true' } } },
      /ForAllValues:Null is not supported/,
    ],
    [
      'a multivalued key without a set operator',
      { ...base, Condition: { StringEquals: { 'Events:Source': 'x', 'aws:PrincipalArn': 'y' } } },
      /Events:Source is multivalued: use ForAllValues:StringEquals or ForAnyValue:StringEquals/,
    ],
    [
      'an unknown key',
      { ...base, Condition: { StringEquals: { 'aws:SourceVpc': 'v' } } },
      /aws:SourceVpc/,
    ],
    ['a policy variable', { ...base, Resource: `arn:aws:iam::1:role/$\{aws:x}` }, /variables/],
    ['no action', { Effect: 'Allow', Resource: '*' }, /exactly one of Action and NotAction/],
    [
      'both kinds of resource',
      { ...base, NotResource: '*' },
      /exactly one of Resource and NotResource/,
    ],
    ['a principal', { ...base, Principal: '*' }, /cannot have a Principal/],
  ])('with %s is rejected', (_title, statement, message) => {
    const document = { Version: '2012-10-17', Statement: [statement] };
    expect(() => parsePolicy('p', 'identity', document)).toThrow(message);
  });

  it('of a trust policy requires a principal and cannot have a resource', () => {
    const document = { Version: '2012-10-17', Statement: base };
    expect(() => parsePolicy('r/trust', 'trust', document)).toThrow(
      'statement r/trust/1: a trust policy requires a Principal; a trust policy cannot have a Resource',
    );
  });
});
