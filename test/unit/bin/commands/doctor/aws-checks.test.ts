import { describe, expect, it } from 'vitest';
import {
  judgeAccessEntry,
  judgeAuthenticationMode,
} from '../../../../../bin/commands/doctor/aws-checks/access-entry.ts';
import {
  accessForOperator,
  accessProblemOf,
  judgeEndpointAccess,
} from '../../../../../bin/commands/doctor/aws-checks/endpoint-access.ts';
import {
  judgeConcurrency,
  judgeEnvironment,
  judgeFunction,
  judgeSchedule,
} from '../../../../../bin/commands/doctor/aws-checks/functions.ts';
import {
  judgeIdentity,
  judgeStatus,
} from '../../../../../bin/commands/doctor/aws-checks/identity-and-cluster.ts';
import {
  type CheckedRole,
  judgeAccess,
  judgeRoles,
  type WithheldSecret,
} from '../../../../../bin/commands/doctor/aws-checks/refresh-function.ts';
import { REFRESHERS_GROUP } from '../../../../../contract/kubernetes/cluster-access.ts';
import { settingsOf } from './settings.ts';

const SETTINGS = settingsOf();

describe('the caller', () => {
  const identity = { account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/a/b' };

  it.each([
    [undefined, 'ok'],
    ['123456789012', 'ok'],
    ['999999999999', 'failed'],
  ])('with account %s in cdk.json: %s', (account, status) => {
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

describe('the access to the API endpoint', () => {
  const vpcConfig = {
    vpcId: 'vpc-0cccccccc',
    clusterSecurityGroupId: 'sg-0cccccccc',
    endpointPublicAccess: true,
    endpointPrivateAccess: false,
    publicAccessCidrs: ['0.0.0.0/0'],
  };
  const vpc = {
    vpcId: 'vpc-0cccccccc',
    availabilityZones: ['eu-central-1a'],
    subnetIds: ['subnet-0aaaaaaaa'],
    securityGroupIds: ['sg-0aaaaaaaa'],
  };
  const isPrivate = { endpointPublicAccess: false, endpointPrivateAccess: true };
  const office = { publicAccessCidrs: ['203.0.113.0/24'] };

  it.each([
    ['public, no VPC', {}, undefined, 'ok', 'public'],
    ['private, no VPC', isPrivate, undefined, 'failed', 'outside of any VPC'],
    ['restricted, no VPC', office, undefined, 'warning', 'admits only 203.0.113.0/24'],
    ['private, in the VPC', isPrivate, vpc, 'ok', 'private in vpc-0cccccccc'],
    ['both, in the VPC', { endpointPrivateAccess: true }, vpc, 'ok', 'public and private'],
    ['public, in the VPC', {}, vpc, 'ok', 'public'],
    ['restricted, in the VPC', office, vpc, 'warning', 'leaves vpc-0cccccccc'],
  ] as const)('%s', (_, changes, network, status, says) => {
    const finding = judgeEndpointAccess(
      {
        resourcesVpcConfig: {
          ...vpcConfig,
          ...changes,
          publicAccessCidrs: [
            ...('publicAccessCidrs' in changes
              ? changes.publicAccessCidrs
              : vpcConfig.publicAccessCidrs),
          ],
        },
      },
      { clusterName: 'prod', vpc: network && structuredClone(network) },
    );
    expect(finding.status).toBe(status);
    expect(finding.says).toContain(says);
  });

  it('explains to the operator why kubectl cannot reach the cluster', () => {
    const forOperator = (changes: object) =>
      accessForOperator({ resourcesVpcConfig: { ...vpcConfig, ...changes } });
    expect(forOperator({})).toBeUndefined();
    expect(forOperator(isPrivate)).toMatch(
      /is private .* from vpc-0cccccccc, for example over a VPN/,
    );
    expect(forOperator(office)).toMatch(/only 1 address ranges .* from one of them, or from vpc-/);
  });

  it('is the remedy when the function names it as the cause, and otherwise not', () => {
    const problem = accessProblemOf(
      { resourcesVpcConfig: { ...vpcConfig, ...isPrivate } },
      { clusterName: 'prod', vpc },
    );
    const failing = (errorMessage: string) =>
      judgeAccess(
        { kind: 'error', errorType: 'ClusterUnreachableError', errorMessage },
        SETTINGS,
        problem,
      ).remedy;
    expect(failing(`cannot be reached. ${problem?.cause}. Allow`)).toContain(
      '--group-id sg-0cccccccc --protocol tcp --port 443 --source-group sg-0aaaaaaaa',
    );
    expect(failing('its certificate has expired')).not.toContain('sg-0cccccccc');
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

  it('without groups is reported', () => {
    expect(judgeAccessEntry({ principalArn }, SETTINGS).says).toContain('has no group');
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
  ] as const)('with %j: %s', (found, status) => {
    expect(judgeFunction({ FunctionName: 'f', ...found }, SETTINGS).status).toBe(status);
  });

  it.each([
    [undefined, {}, 'ok'],
    [0, {}, 'failed'],
    [0, { reservedConcurrency: { refresh: 5 } }, 'failed'],
    [5, { reservedConcurrency: { refresh: 5 } }, 'ok'],
    [5, {}, 'warning'],
    [undefined, { reservedConcurrency: { refresh: 5 } }, 'warning'],
  ])('with reserved concurrency %s and settings %j: %s', (reserved, settings, status) => {
    expect(judgeConcurrency(reserved, 'refresh', settingsOf(settings)).status).toBe(status);
  });

  it.each([
    ['ENABLED', 'ok'],
    ['DISABLED', 'failed'],
    [undefined, 'ok'],
  ])('with a schedule in state %s: %s', (state, status) => {
    expect(judgeSchedule(state, 's', SETTINGS).status).toBe(status);
  });
});

describe('the environment of a function', () => {
  const expected = { A: '1', DENIED_ROLES: '["arn:aws:iam::1:role/cdk-*"]' };
  const kubectl = '["arn:aws:iam::1:role/cdk-*","arn:aws:iam::1:role/kubectl"]';

  it('is ok with additional variables', () => {
    const actual = { ...expected, NODE_OPTIONS: '--enable-source-maps' };
    expect(judgeEnvironment(expected, actual, SETTINGS)).toEqual({
      status: 'ok',
      says: '2 variables',
    });
  });

  it('is reported where it differs, with both values', () => {
    expect(
      judgeEnvironment(expected, { DENIED_ROLES: '[]' }, settingsOf({ installChart: false })),
    ).toMatchObject({
      status: 'failed',
      says: 'it differs from cdk.json in A, DENIED_ROLES',
      details: [
        'A: (not set); cdk.json: 1',
        'DENIED_ROLES: []; cdk.json: ["arn:aws:iam::1:role/cdk-*"]',
      ],
    });
  });

  it.each([
    ['and the role that installs the chart', { DENIED_ROLES: kubectl }, true, 'ok'],
    ['and that role, although installChart is false', { DENIED_ROLES: kubectl }, false, 'failed'],
    ['but lacks one', { DENIED_ROLES: '[]' }, true, 'failed'],
    ['but is not a list', { DENIED_ROLES: 'x' }, true, 'failed'],
  ])('contains the denied roles %s', (_, found, installChart, status) => {
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

  it('is ok when it listed everything', () => {
    expect(judgeAccess({ kind: 'response', payload: { report } }, SETTINGS)).toEqual({
      status: 'ok',
      says: '2 pods, 3 managed Secrets',
    });
  });

  it('reports incomplete lists', () => {
    const payload = { report: { ...report, incomplete: ['pods: refused'] } };
    expect(judgeAccess({ kind: 'response', payload }, SETTINGS)).toMatchObject({
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
      /the function runs outside of any VPC and may be unable to reach what you can/,
    ],
    ['Sandbox.Timedout', /check the log of function kube-aws-iam-prod-refresh/],
  ])('reports a %s, with a remedy', (errorType, remedy) => {
    expect(judgeAccess({ kind: 'error', errorType, errorMessage: 'why' }, SETTINGS)).toEqual({
      status: 'failed',
      says: `the function failed: ${errorType}: why`,
      remedy: expect.stringMatching(remedy),
    });
  });

  it('fails on an unexpected response', () => {
    expect(judgeAccess({ kind: 'response', payload: null }, SETTINGS).status).toBe('failed');
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

  const judge = (
    roles: readonly CheckedRole[],
    rolesNotTried = 0,
    withheld: readonly WithheldSecret[] = [],
  ) => judgeRoles({ roles, rolesNotTried, withheld }, SETTINGS);

  it('are a warning when requests of pods are refused, unless a role is denied', () => {
    const refused = {
      action: 'refuse',
      namespace: 'shop',
      secret: 'aws-iam-a',
      reason: 'namespace-not-annotated',
      explanation: 'namespace shop allows no role',
    };
    expect(judge([role('b', { canAssume: true })], 0, [refused])).toMatchObject({
      status: 'warning',
      says: '1 requested Secret is not issued or renewed',
      details: [
        'Secret aws-iam-a in namespace "shop": namespace-not-annotated: namespace shop allows no role',
      ],
    });
    expect(
      judge(
        [],
        0,
        Array.from({ length: 30 }, () => refused),
      ),
    ).toMatchObject({
      says: '30 requested Secrets are not issued or renewed',
      details: { length: 21 },
    });
    expect(judge([role('b')], 0, [refused]).status).toBe('failed');
  });

  it('are ok when each can be assumed, or none is requested', () => {
    expect(judge([role('a', { canAssume: true })]).says).toBe('1 of 1');
    expect(judge([]).says).toBe('none requested');
  });

  it('are a warning when the function could not try all', () => {
    expect(judge([role('a', { canAssume: true })], 3)).toMatchObject({
      status: 'warning',
      says: '1 of 4 can be assumed; the others were not tried, or are not in the response',
    });
  });

  it('that cannot be assumed are listed', () => {
    expect(judge([role('a'), role('b'), role('c', { canAssume: true })])).toMatchObject({
      status: 'failed',
      says: '2 of 3 cannot be assumed',
      details: [
        'arn:aws:iam::1:role/a for namespace "shop": no a',
        'arn:aws:iam::1:role/b for namespace "shop": no b',
      ],
    });
  });

  it.each([
    [
      'The role does not exist, or its trust policy does not name the refresher',
      'trust-policy ROLE --cluster prod',
    ],
    [
      'The role exists, but its trust policy denies the refresher',
      'trust-policy ROLE --cluster prod',
    ],
    ['STS gives no reason', 'trust-policy ROLE --cluster prod'],
    [
      "A service control policy denies it, whatever the role's trust policy says",
      'no trust policy can allow it',
    ],
    ['A permissions boundary denies it', 'no trust policy can allow it'],
  ])('have a remedy that fits the explanation: %s', (explanation, remedy) => {
    expect(judge([role('a', { explanation })]).remedy).toContain(remedy);
  });

  it('that fail for the same reason are grouped', () => {
    const explanation = 'the intermediate role is denied';
    expect(judge([role('a', { explanation }), role('b', { explanation })]).details).toEqual([
      'arn:aws:iam::1:role/a for namespace "shop" (and 1 more): the intermediate role is denied',
    ]);
  });

  it('that STS throttled are a warning', () => {
    expect(judge([role('a', { reason: 'sts-throttled' })]).status).toBe('warning');
    expect(judge([role('a', { reason: 'sts-throttled' }), role('b')]).status).toBe('failed');
  });

  it('are listed up to twenty', () => {
    const many = Array.from({ length: 25 }, (_, i) => role(`r${i}`));
    const { details = [] } = judge(many);
    expect(details).toHaveLength(21);
    expect(details.at(-1)).toBe('and 5 more');
  });
});
