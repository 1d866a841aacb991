import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionHolds } from '../../../../../local/aws/iam/condition.ts';
import { type Caller, evaluatePolicies } from '../../../../../local/aws/iam/evaluate-policies.ts';
import { matchesArnGlob, matchesGlob } from '../../../../../local/aws/iam/glob.ts';
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

function trustOf(principal: unknown, who: Caller = caller) {
  const policy = parsePolicy('p', 'trust', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' },
  });
  return evaluatePolicies([policy], {
    caller: who,
    action: 'sts:AssumeRole',
    resource: ROLE,
    context: {},
  });
}

describe('an identity policy', () => {
  const allowApps = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*:role/app-*' };
  const denyReader = { Effect: 'Deny', Action: '*', Resource: '*reader' };

  it.each([
    ['allows what an Allow covers', [allowApps], 'allowed'],
    ['is silent where nothing applies', [{ ...allowApps, Resource: '*:role/db-*' }], 'silent'],
    ['lets a Deny win, whatever the order', [allowApps, denyReader], 'denied'],
    ['lets a Deny win, whatever the order', [denyReader, allowApps], 'denied'],
    ['compares actions without case', [{ ...allowApps, Action: 'STS:assume*' }], 'allowed'],
    ['compares resources with case', [{ ...allowApps, Resource: '*:role/App-*' }], 'silent'],
    [
      'reads NotAction as all other actions',
      [{ Effect: 'Allow', NotAction: ['sts:AssumeRole'], Resource: '*' }],
      'silent',
    ],
    [
      'reads NotResource as all other resources',
      [{ Effect: 'Deny', Action: '*', NotResource: '*:role/app-writer' }],
      'denied',
    ],
  ])('%s', (_title, statements, outcome) => {
    expect(outcomeOf(statements)).toBe(outcome);
  });

  it('is denied by any set of statements that holds an applicable Deny', () => {
    const statement = fc.record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      Action: fc.constantFrom('*', 'sts:*', 'sts:AssumeRole', 'eks:*'),
      Resource: fc.constantFrom('*', ROLE, '*:role/app-*', '*:role/db-*'),
    });
    const around = fc.array(statement, { maxLength: 4 });
    fc.assert(
      fc.property(around, around, (before, after) => {
        expect(outcomeOf([...before, denyReader, ...after])).toBe('denied');
      }),
    );
  });

  it('names the statements that applied', () => {
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
    ['another account', { AWS: 'arn:aws:iam::210987654321:root' }, 'silent', false],
    ['the role', { AWS: ['arn:aws:iam::123456789012:role/team/caller'] }, 'allowed', true],
    [
      'the role without its path',
      { AWS: 'arn:aws:iam::123456789012:role/caller' },
      'silent',
      false,
    ],
    [
      'the session',
      { AWS: 'arn:aws:sts::123456789012:assumed-role/caller/session' },
      'allowed',
      true,
    ],
    ['everybody', '*', 'allowed', true],
    ['a service', { Service: 'lambda.amazonaws.com' }, 'silent', false],
  ])('that names %s', (_title, principal, outcome, direct) => {
    expect(trustOf(principal)).toMatchObject({ outcome, direct });
  });

  it.each([
    ['lambda.amazonaws.com', 'allowed'],
    ['scheduler.amazonaws.com', 'silent'],
  ])('for services tells %s: %s', (service, outcome) => {
    const principal = { Service: ['lambda.amazonaws.com', 'edgelambda.amazonaws.com'] };
    expect(trustOf(principal, { kind: 'service', service }).outcome).toBe(outcome);
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
    ['the one that it spares', forwarder, bus, 'silent'],
    ['any other', 'arn:aws:iam::123456789012:role/forwarder', bus, 'denied'],
    ['any other, of another resource', caller.roleArn, `${bus}-2`, 'silent'],
  ])('that denies all but one role tells %s', (_title, roleArn, resource, outcome) => {
    expect(decide(onlyTheForwarder, roleArn, resource).outcome).toBe(outcome);
  });

  it('reads everybody of AWS as everybody', () => {
    const statement = { ...onlyTheForwarder, Principal: { AWS: '*' } };
    expect(decide(statement, caller.roleArn).outcome).toBe('denied');
  });

  it('may look at what is put', () => {
    const allow = { ...onlyTheForwarder, Effect: 'Allow', Condition: {} };
    const ofShop = { ...allow, Condition: { StringEquals: { 'events:source': 'shop' } } };
    const ofTill = { ...allow, Condition: { StringEquals: { 'events:source': 'till' } } };
    expect(decide(ofShop, forwarder)).toMatchObject({ outcome: 'allowed', direct: true });
    expect(decide(ofTill, forwarder).outcome).toBe('silent');
  });

  it('needs a principal and a resource', () => {
    const document = (statement: object) => ({ Version: '2012-10-17', Statement: statement });
    const { Principal, Resource, ...rest } = onlyTheForwarder;
    expect(() => parsePolicy('b', 'resource', document({ ...rest, Resource }))).toThrow(
      'statement b/1: a resource policy needs a Principal',
    );
    expect(() => parsePolicy('b', 'resource', document({ ...rest, Principal }))).toThrow(
      'statement b/1: needs Resource or NotResource, and not both',
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
    ['Bool', 'aws:SecureTransport', ['true'], true],
    ['Bool', 'aws:SecureTransport', ['false'], false],
    ['StringEquals', 'aws:RequestTag/kubernetes-namespace', ['shop'], true],
  ])('%s %s %j holds: %s', (operator, key, values, expected) => {
    expect(conditionHolds({ [operator]: { [key]: values } }, context)).toBe(expected);
  });

  it('holds only when every operator and key does', () => {
    const block = {
      StringEquals: { 'sts:RoleSessionName': ['shop@demo'] },
      Bool: { 'aws:SecureTransport': ['false'] },
    };
    expect(conditionHolds(block, context)).toBe(false);
  });
});

describe('patterns', () => {
  it.each([
    ['arn:aws:iam::*:role/app-?', 'arn:aws:iam::1:role/app-x', true],
    ['arn:aws:iam::*:role/app-?', 'arn:aws:iam::1:role/app-xy', false],
    ['a.c', 'abc', false],
    ['*', '', true],
  ])('matches %s against %s: %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it('keeps the wildcard of an ARN condition inside its part', () => {
    expect(matchesArnGlob('arn:aws:iam::*', 'arn:aws:iam::1:role/x')).toBe(false);
    expect(matchesArnGlob('arn:aws:iam::1:*', 'arn:aws:iam::1:role/a:b')).toBe(true);
  });
});

describe('a document', () => {
  const base = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
  it.each([
    ['an unknown element', { ...base, Conditions: {} }, /Unrecognized key: "Conditions"/],
    ['an unknown operator', { ...base, Condition: { DateLessThan: {} } }, /DateLessThan/],
    [
      'a set operator',
      { ...base, Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalArn': 'x' } } },
      /ForAnyValue:StringLike/,
    ],
    [
      'an unknown key',
      { ...base, Condition: { StringEquals: { 'aws:SourceVpc': 'v' } } },
      /aws:SourceVpc/,
    ],
    ['a policy variable', { ...base, Resource: `arn:aws:iam::1:role/$\{aws:x}` }, /variables/],
    ['no action', { Effect: 'Allow', Resource: '*' }, /Action or NotAction/],
    ['both kinds of resource', { ...base, NotResource: '*' }, /Resource or NotResource/],
    ['a principal', { ...base, Principal: '*' }, /no Principal/],
  ])('with %s is refused', (_title, statement, message) => {
    const document = { Version: '2012-10-17', Statement: [statement] };
    expect(() => parsePolicy('p', 'identity', document)).toThrow(message);
  });

  it('of a trust policy needs a principal and has no resource', () => {
    const document = { Version: '2012-10-17', Statement: base };
    expect(() => parsePolicy('r/trust', 'trust', document)).toThrow(
      'statement r/trust/1: a trust policy needs a Principal; a trust policy has no Resource',
    );
  });
});
