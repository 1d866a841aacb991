import { describe, expect, it } from 'vitest';
import {
  judgeAccessEntry,
  judgeAuthenticationMode,
} from '../../../../../bin/commands/doctor/aws-checks/access-entry.ts';
import { judgeIdentity, judgeStatus } from '../../../../../bin/commands/doctor/aws-checks/identity-and-cluster.ts';
import { judgeNoAnswer, judgeVersion } from '../../../../../bin/commands/doctor/cluster-checks/reach-and-version.ts';
import { judgeDefinition } from '../../../../../bin/commands/doctor/cluster-checks/awsiamrole-definition.ts';
import {
  judgeConcurrency,
  judgeEnvironment,
  judgeFunction,
  judgeSchedule,
} from '../../../../../bin/commands/doctor/aws-checks/functions.ts';
import {
  type CheckedRole,
  judgeRoles,
  judgeRun,
} from '../../../../../bin/commands/doctor/aws-checks/refresh-function.ts';
import {
  judgeIssuer,
  judgeServer,
} from '../../../../../bin/commands/doctor/cluster-checks/same-cluster.ts';
import { judgeRights, neededRights } from '../../../../../bin/commands/doctor/cluster-checks/refresher-rights.ts';
import { REFRESHERS_GROUP } from '../../../../../contract/cluster-access.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../../kubernetes/errors.ts';
import { settingsOf } from './a-cluster.ts';

const SETTINGS = settingsOf();

describe('a cluster that gives no answer', () => {
  it('is not known where there is no way in, and has failed where it does not answer', () => {
    expect(judgeNoAnswer(new ClusterSetupError('no kubeconfig')).status).toBe('not-checked');
    expect(judgeNoAnswer(new ClusterUnreachableError('refused')).status).toBe('failed');
    expect(judgeNoAnswer('odd')).toMatchObject({ status: 'failed', says: 'odd' });
  });
});

describe('the version of Kubernetes', () => {
  const version = (minor: string, major = '1') => ({
    major,
    minor,
    gitVersion: `v${major}.${minor}.0`,
  });

  it.each([
    ['30', false, 'ok'],
    ['30+', false, 'ok'],
    ['29+', false, 'failed'],
    ['9', false, 'failed'],
    ['', false, 'failed'],
    ['36', true, 'ok'],
    ['35+', true, 'failed'],
  ])('1.%s, with injection %s: %s', (minor, injection, status) => {
    expect(judgeVersion(version(minor), injection).status).toBe(status);
  });

  it('says what it is needed for', () => {
    expect(judgeVersion(version('29+'), false)).toMatchObject({
      says: 'v1.29+.0, and the chart needs ValidatingAdmissionPolicy, which Kubernetes has since 1.30',
      remedy: 'upgrade the cluster',
    });
    expect(judgeVersion(version('35'), true)).toMatchObject({
      remedy: expect.stringContaining('"podInjection": false'),
    });
  });
});

describe('the caller', () => {
  const identity = { account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/a/b' };

  it.each([
    [undefined, 'ok'],
    ['123456789012', 'ok'],
    ['999999999999', 'failed'],
  ])('where cdk.json says account %s: %s', (account, status) => {
    expect(
      judgeIdentity(identity, settingsOf(account === undefined ? {} : { account })).status,
    ).toBe(status);
  });
});

describe('the EKS cluster', () => {
  it.each([
    ['ACTIVE', 'ok'],
    ['UPDATING', 'ok'],
    ['CREATING', 'failed'],
    ['DELETING', 'failed'],
    ['FAILED', 'failed'],
    [undefined, 'failed'],
  ] as const)('with status %s: %s', (is, status) => {
    expect(judgeStatus({ status: is }).status).toBe(status);
  });

  it.each([
    ['API', 'ok'],
    ['API_AND_CONFIG_MAP', 'ok'],
    ['CONFIG_MAP', 'failed'],
  ] as const)('with authentication mode %s: %s', (authenticationMode, status) => {
    expect(judgeAuthenticationMode({ accessConfig: { authenticationMode } }, SETTINGS).status).toBe(
      status,
    );
  });
});

describe('the cluster of the kubeconfig', () => {
  const endpoint = 'https://ABC.gr7.eu-central-1.eks.amazonaws.com';
  const issuer = 'https://oidc.eks.eu-central-1.amazonaws.com/id/ABC';
  const account = '123456789012';
  const found = { context: 'c', clusterName: 'c', server: endpoint, account, endpoint, issuer };
  const judge = (parts: object) => judgeServer({ ...found, ...parts }, SETTINGS, 'eu-central-1');
  const arn = (name: string, region = 'eu-central-1') =>
    `arn:aws:eks:${region}:123456789012:cluster/${name}`;

  it.each([
    ['the endpoint', {}, 'ok'],
    ['written otherwise', { server: `${endpoint.toLowerCase()}:443/` }, 'ok'],
    ['by its ARN', { clusterName: arn('prod') }, 'ok'],
    ['where EKS was not asked', { endpoint: undefined }, 'not-checked'],
    ['another by its ARN', { clusterName: arn('dev') }, 'failed'],
    [
      'another by its ARN, where EKS was not asked',
      { clusterName: arn('dev'), endpoint: undefined },
      'failed',
    ],
    [
      'of another account by its ARN',
      { clusterName: arn('prod'), account: '999999999999' },
      'failed',
    ],
    [
      'by its ARN where nobody knows the account',
      { clusterName: arn('prod'), account: undefined },
      'ok',
    ],
    ['in another region by its ARN', { clusterName: arn('prod', 'us-east-1') }, 'failed'],
    ['at another address', { server: 'https://proxy/k8s/prod' }, undefined],
    ['at no address', { server: 'proxy' }, undefined],
  ])('%s: %#', (_, parts, status) => {
    expect(judge(parts)?.status).toBe(status);
  });

  it.each([
    ['the same', { kind: 'read', value: issuer }, {}, 'ok'],
    ['another', { kind: 'read', value: 'https://other' }, {}, 'failed'],
    ['not told', { kind: 'absent' }, {}, 'failed'],
    ['not to be seen', { kind: 'forbidden', right: 'get it' }, {}, 'warning'],
    [
      'not to be seen, and not known to EKS',
      { kind: 'forbidden', right: 'get it' },
      { issuer: undefined },
      'failed',
    ],
    ['not known to EKS', { kind: 'read', value: issuer }, { issuer: undefined }, 'failed'],
  ] as const)('at another address, its issuer %s: %#', (_, reading, parts, status) => {
    const there = { ...found, server: 'https://proxy', ...parts };
    expect(judgeIssuer(there, reading, SETTINGS, 'eu-central-1').status).toBe(status);
  });
});

describe('the access entry', () => {
  const principalArn = 'arn:aws:iam::123456789012:role/r';

  it.each([
    [[REFRESHERS_GROUP], 'ok'],
    [['other', REFRESHERS_GROUP], 'ok'],
    [['other'], 'failed'],
    [[], 'failed'],
  ])('with groups %j: %s', (kubernetesGroups, status) => {
    expect(judgeAccessEntry({ principalArn, kubernetesGroups }, SETTINGS).status).toBe(status);
  });

  it('without any says so', () => {
    expect(judgeAccessEntry({ principalArn }, SETTINGS).says).toContain('gives no group');
  });
});

describe('the rights of the refresher', () => {
  it('are asked for in all namespaces where none is named', () => {
    const rights = neededRights(SETTINGS);
    expect(rights).toHaveLength(13);
    expect(rights.every(({ namespace }) => namespace === undefined)).toBe(true);
  });

  it('are asked for in each that is named, and in that of the forwarder', () => {
    const rights = neededRights(settingsOf({ namespaces: ['team-a', 'team-b'] }));
    expect(new Set(rights.map(({ namespace }) => namespace))).toEqual(
      new Set(['team-a', 'team-b', 'kube-aws-iam']),
    );
    expect(rights).toHaveLength(36);
  });

  it('are named where they are missing, with the namespace', () => {
    const settings = settingsOf({ namespaces: ['team-a'], installChart: false });
    const answered = neededRights(settings).map((needed) => ({
      ...needed,
      isAllowed: needed.right.verb !== 'patch' || needed.namespace !== 'team-a',
    }));
    expect(judgeRights(answered, settings)).toEqual({
      status: 'failed',
      says: 'group kube-aws-iam:refreshers may not do 3 things that it needs',
      details: [
        'patch secrets in namespace "team-a"',
        'patch events in namespace "team-a"',
        'patch awsiamroles/status in namespace "team-a"',
      ],
      remedy: 'apply the manifests: npx kube-aws-iam manifests --cluster prod | kubectl apply -f -',
    });
  });
});

describe('the definition of AWSIAMRoles', () => {
  const definition = (status: object | undefined, rest: object = {}) => ({
    spec: {
      versions: [
        {
          name: 'v1',
          served: true,
          schema: { openAPIV3Schema: { properties: status === undefined ? {} : { status } } },
          ...rest,
        },
      ],
    },
  });

  it.each([
    ['with conditions', definition({ properties: { conditions: {} } }), 'ok'],
    [
      'that keeps what it does not know',
      definition({ 'x-kubernetes-preserve-unknown-fields': true }),
      'ok',
    ],
    ["of Zalando's, without", definition({ properties: { expiration: {} } }), 'warning'],
    ['without a status', definition(undefined), 'warning'],
    ['that is not served', definition({}, { served: false }), 'failed'],
    ['of another version', definition({}, { name: 'v2' }), 'failed'],
  ])('%s: %#', (_, found, status) => {
    expect(judgeDefinition(found, SETTINGS).status).toBe(status);
  });
});

describe('a function', () => {
  it.each([
    [{}, 'ok'],
    [{ State: 'Active', LastUpdateStatus: 'Successful' }, 'ok'],
    [{ State: 'Inactive' }, 'warning'],
    [{ State: 'Pending' }, 'warning'],
    [{ State: 'Failed', StateReason: 'no subnet' }, 'failed'],
    [{ State: 'Active', LastUpdateStatus: 'Failed' }, 'failed'],
  ] as const)('that is %j: %s', (found, status) => {
    expect(judgeFunction({ FunctionName: 'f', ...found }, SETTINGS).status).toBe(status);
  });

  it.each([
    [undefined, {}, 'ok'],
    [0, {}, 'failed'],
    [0, { reservedConcurrency: { refresh: 5 } }, 'failed'],
    [5, { reservedConcurrency: { refresh: 5 } }, 'ok'],
    [5, {}, 'warning'],
    [undefined, { reservedConcurrency: { refresh: 5 } }, 'warning'],
  ])('with reserved concurrency %s, and settings %j: %s', (reserved, settings, status) => {
    expect(judgeConcurrency(reserved, 'refresh', settingsOf(settings)).status).toBe(status);
  });

  it.each([
    ['ENABLED', 'ok'],
    ['DISABLED', 'failed'],
    [undefined, 'ok'],
  ])('with a schedule that is %s: %s', (state, status) => {
    expect(judgeSchedule(state, 's', SETTINGS).status).toBe(status);
  });
});

describe('the environment of a function', () => {
  const expected = { A: '1', DENIED_ROLES: '["arn:aws:iam::1:role/cdk-*"]' };
  const kubectl = '["arn:aws:iam::1:role/cdk-*","arn:aws:iam::1:role/kubectl"]';

  it('is right beside what others set', () => {
    const found = { ...expected, NODE_OPTIONS: '--enable-source-maps' };
    expect(judgeEnvironment(expected, found, SETTINGS)).toEqual({
      status: 'ok',
      says: '2 variables',
    });
  });

  it('is named where it differs, both values with it', () => {
    expect(
      judgeEnvironment(expected, { DENIED_ROLES: '[]' }, settingsOf({ installChart: false })),
    ).toMatchObject({
      status: 'failed',
      says: 'it differs from cdk.json in A, DENIED_ROLES',
      details: [
        'A: (not set), and cdk.json says 1',
        'DENIED_ROLES: [], and cdk.json says ["arn:aws:iam::1:role/cdk-*"]',
      ],
    });
  });

  it.each([
    ['with the role that installs the chart', { DENIED_ROLES: kubectl }, true, 'ok'],
    ['with that role, where it does not', { DENIED_ROLES: kubectl }, false, 'failed'],
    ['with less', { DENIED_ROLES: '[]' }, true, 'failed'],
    ['with what is no list', { DENIED_ROLES: 'x' }, true, 'failed'],
  ])('has the denied roles %s', (_, found, installChart, status) => {
    const judged = judgeEnvironment(
      expected,
      { ...expected, ...found },
      settingsOf({ installChart }),
    );
    expect(judged.status).toBe(status);
  });
});

describe("the function's own check", () => {
  const report = { podsSeen: 2, secretsSeen: 3, incomplete: [] as string[] };

  it('is right when it saw everything', () => {
    expect(judgeRun({ kind: 'answer', payload: { report } }, SETTINGS)).toEqual({
      status: 'ok',
      says: '2 pending pods, 3 managed Secrets',
    });
  });

  it('says what it did not see', () => {
    const payload = { report: { ...report, incomplete: ['pods: refused'] } };
    expect(judgeRun({ kind: 'answer', payload }, SETTINGS)).toMatchObject({
      status: 'failed',
      details: ['pods: refused'],
    });
  });

  it.each([
    ['ConfigError', /npx cdk deploy KubeAwsIam-prod/],
    ['KubernetesApiError', /manifests --chart FOLDER --cluster prod/],
    ['IncompleteViewError', /manifests --chart FOLDER --cluster prod/],
    [
      'ClusterUnreachableError',
      /you may reach what the function does not: it stands outside of any VPC/,
    ],
    ['Sandbox.Timedout', /kube-aws-iam-prod-refresh in the Lambda console/],
  ])('passes on a %s, with a remedy', (errorType, remedy) => {
    expect(judgeRun({ kind: 'error', errorType, errorMessage: 'why' }, SETTINGS)).toEqual({
      status: 'failed',
      says: `it says: ${errorType}: why`,
      remedy: expect.stringMatching(remedy),
    });
  });

  it('is of another version when it answers something else', () => {
    expect(judgeRun({ kind: 'answer', payload: null }, SETTINGS).status).toBe('failed');
  });
});

describe('the roles', () => {
  const role = (name: string, rest: object = {}) => ({
    namespace: 'shop',
    roleArn: `arn:aws:iam::1:role/${name}`,
    canAssume: false,
    reason: 'assume-role-denied',
    explanation: `no ${name}`,
    ...rest,
  });

  const judge = (roles: readonly CheckedRole[], rolesNotTried = 0) =>
    judgeRoles({ roles, rolesNotTried }, SETTINGS);

  it('are right when each can be assumed, or none is asked for', () => {
    expect(judge([role('a', { canAssume: true })]).says).toBe('1 of 1');
    expect(judge([]).says).toBe('none is asked for');
  });

  it('are not said to be right where the function did not get to all of them', () => {
    expect(judge([role('a', { canAssume: true })], 3)).toMatchObject({
      status: 'warning',
      says: '1 of 4 can be assumed; the function did not get to the others',
    });
  });

  it('are told one by one', () => {
    expect(judge([role('a'), role('b'), role('c', { canAssume: true })])).toMatchObject({
      status: 'failed',
      says: '2 of 3 cannot be assumed',
      remedy: expect.stringContaining('kube-aws-iam trust-policy ROLE --cluster prod'),
      details: [
        'arn:aws:iam::1:role/a for namespace "shop": no a',
        'arn:aws:iam::1:role/b for namespace "shop": no b',
      ],
    });
  });

  it('that fail for one reason are told together', () => {
    const explanation = 'the intermediate role is denied';
    expect(judge([role('a', { explanation }), role('b', { explanation })]).details).toEqual([
      'arn:aws:iam::1:role/a for namespace "shop" (and 1 more): the intermediate role is denied',
    ]);
  });

  it('that STS was too busy for are a warning', () => {
    expect(judge([role('a', { reason: 'sts-throttled' })]).status).toBe('warning');
    expect(judge([role('a', { reason: 'sts-throttled' }), role('b')]).status).toBe('failed');
  });

  it('are told up to twenty', () => {
    const many = Array.from({ length: 25 }, (_, i) => role(`r${i}`));
    const { details = [] } = judge(many);
    expect(details).toHaveLength(21);
    expect(details.at(-1)).toBe('and 5 more');
  });
});
