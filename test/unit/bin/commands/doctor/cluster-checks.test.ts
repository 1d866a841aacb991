import { describe, expect, it } from 'vitest';
import { judgePolicies } from '../../../../../bin/commands/doctor/cluster-checks/admission-policies.ts';
import { judgeDefinition } from '../../../../../bin/commands/doctor/cluster-checks/awsiamrole-definition.ts';
import {
  chartObjects,
  judgeChart,
} from '../../../../../bin/commands/doctor/cluster-checks/chart.ts';
import { judgeChartCluster } from '../../../../../bin/commands/doctor/cluster-checks/chart-cluster.ts';
import {
  judgeNoResponse,
  judgeVersion,
} from '../../../../../bin/commands/doctor/cluster-checks/reach-and-version.ts';
import {
  judgePermissions,
  requiredPermissions,
} from '../../../../../bin/commands/doctor/cluster-checks/refresher-permissions.ts';
import {
  judgeIssuer,
  judgeServer,
} from '../../../../../bin/commands/doctor/cluster-checks/same-cluster.ts';
import type { ReadResult } from '../../../../../bin/commands/doctor/readers/read-result.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../../kubernetes/errors.ts';
import { settingsOf } from './settings.ts';

const SETTINGS = settingsOf();
const ABSENT: ReadResult<never> = { kind: 'absent' };
const FORBIDDEN: ReadResult<never> = { kind: 'forbidden', permission: 'get things' };
const BROKEN: ReadResult<never> = { kind: 'failed', message: 'the API answered 500' };

it('a cluster without a response is unknown without access, and failed if unreachable', () => {
  expect(judgeNoResponse(new ClusterSetupError('no kubeconfig')).status).toBe('not-checked');
  expect(judgeNoResponse(new ClusterUnreachableError('refused')).status).toBe('failed');
  expect(judgeNoResponse('odd')).toMatchObject({ status: 'failed', says: 'odd' });
});

describe('the chart in the cluster', () => {
  const judge = (eventBusName: string, region: string) =>
    judgeChartCluster({ eventBusName, region }, SETTINGS, 'eu-central-1');

  it.each([
    ['kube-aws-iam-prod', 'eu-central-1', 'ok'],
    ['kube-aws-iam-prod', 'us-east-1', 'failed'],
    ['kube-aws-iam-staging', 'eu-central-1', 'failed'],
    ['kube-aws-iam-prod-2', 'eu-central-1', 'failed'],
    ['', '', 'failed'],
  ])('that sends to event bus "%s" in "%s": %s', (eventBusName, region, status) => {
    expect(judge(eventBusName, region).status).toBe(status);
  });

  it('is named, and what to do about it', () => {
    expect(judge('kube-aws-iam-staging', '')).toEqual({
      status: 'failed',
      says: 'the chart in this cluster belongs to another cluster than "prod" in eu-central-1: its forwarder sends to event bus "kube-aws-iam-staging" in an unknown region instead of event bus "kube-aws-iam-prod" in eu-central-1',
      remedy: expect.stringMatching(
        /^if this is not cluster "prod", choose another --context or --cluster; otherwise deploy the stack/,
      ),
    });
  });
});

describe('the version of Kubernetes', () => {
  const version = (minor: string, major = '1') => ({
    major,
    minor,
    gitVersion: `v${major}.${minor}.0`,
  });

  it.each([
    ['32', false, 'ok'],
    ['32+', false, 'ok'],
    ['31+', false, 'failed'],
    ['32', true, 'failed'],
    ['9', false, 'failed'],
    ['', false, 'failed'],
    ['36', true, 'ok'],
    ['35+', true, 'failed'],
  ])('1.%s, with podInjection %s: %s', (minor, injection, status) => {
    expect(judgeVersion(version(minor), injection).status).toBe(status);
  });

  it('is reported with the feature that needs a later one', () => {
    expect(judgeVersion(version('31+'), false)).toMatchObject({
      says: 'Kubernetes v1.31+.0 is too old: the chart supports 1.32 and later',
      remedy: 'upgrade the cluster',
    });
    expect(judgeVersion(version('35'), true)).toMatchObject({
      says: 'Kubernetes v1.35.0 is too old: podInjection needs MutatingAdmissionPolicy, available since 1.36',
      remedy: expect.stringContaining('"podInjection": false'),
    });
  });
});

describe('the cluster of the kubeconfig', () => {
  const endpoint = 'https://ABC.gr7.eu-central-1.eks.amazonaws.com';
  const issuer = 'https://oidc.eks.eu-central-1.amazonaws.com/id/ABC';
  const account = '123456789012';
  const server = { context: 'c', clusterName: 'c', server: endpoint, account, endpoint, issuer };
  const judge = (parts: object) => judgeServer({ ...server, ...parts }, SETTINGS, 'eu-central-1');
  const arn = (name: string, region = 'eu-central-1') =>
    `arn:aws:eks:${region}:123456789012:cluster/${name}`;

  it.each([
    ['the endpoint', {}, 'ok'],
    ['the endpoint in another spelling', { server: `${endpoint.toLowerCase()}:443/` }, 'ok'],
    ['the ARN', { clusterName: arn('prod') }, 'ok'],
    ['an unknown endpoint', { endpoint: undefined }, 'not-checked'],
    ['the ARN of another cluster', { clusterName: arn('dev') }, 'failed'],
    [
      'the ARN of another cluster, and an unknown endpoint',
      { clusterName: arn('dev'), endpoint: undefined },
      'failed',
    ],
    ['the ARN of another account', { clusterName: arn('prod'), account: '999999999999' }, 'failed'],
    ['the ARN, and an unknown account', { clusterName: arn('prod'), account: undefined }, 'ok'],
    ['the ARN of another region', { clusterName: arn('prod', 'us-east-1') }, 'failed'],
    ['another address', { server: 'https://proxy/k8s/prod' }, undefined],
    ['an invalid address', { server: 'proxy' }, undefined],
  ])('judged by %s: %#', (_, parts, status) => {
    expect(judge(parts)?.status).toBe(status);
  });

  it.each([
    ['the same', { kind: 'found', value: issuer }, {}, 'ok'],
    ['another', { kind: 'found', value: 'https://other' }, {}, 'failed'],
    ['absent', { kind: 'absent' }, {}, 'failed'],
    ['forbidden', { kind: 'forbidden', permission: 'get it' }, {}, 'warning'],
    [
      'forbidden, and unknown to EKS',
      { kind: 'forbidden', permission: 'get it' },
      { issuer: undefined },
      'failed',
    ],
    ['unknown to EKS', { kind: 'found', value: issuer }, { issuer: undefined }, 'failed'],
  ] as const)('at another address, with an issuer that is %s: %#', (_, result, parts, status) => {
    const proxied = { ...server, server: 'https://proxy', ...parts };
    expect(judgeIssuer(proxied, result, SETTINGS, 'eu-central-1').status).toBe(status);
  });
});

describe('the objects of the chart', () => {
  const gitOps = settingsOf({ installChart: false });
  const descriptions = (settings: object) =>
    chartObjects(settingsOf(settings)).map(({ description }) => description);

  it('are cluster-wide for all namespaces', () => {
    expect(descriptions({})).toEqual([
      'Namespace kube-aws-iam',
      'ClusterRole kube-aws-iam-refresher',
      'ClusterRoleBinding kube-aws-iam-refresher',
      'ClusterRole kube-aws-iam-forwarder',
      'ClusterRoleBinding kube-aws-iam-forwarder',
    ]);
  });

  it('are in each configured namespace', () => {
    expect(descriptions({ namespaces: ['team'] })).toEqual(
      expect.arrayContaining([
        'Namespace team',
        'Role kube-aws-iam-refresher in namespace "team"',
        'RoleBinding kube-aws-iam-refresher in namespace "team"',
        'RoleBinding kube-aws-iam-refresher in namespace "kube-aws-iam"',
      ]),
    );
  });

  const observed = (settings = gitOps, results: Readonly<Record<string, ReadResult<never>>> = {}) =>
    chartObjects(settings).map((expected) => {
      const subjects = expected.subject === undefined ? [] : [expected.subject];
      const correct = { kind: 'found', value: { subjects } } as const;
      return { expected, result: results[expected.description] ?? correct };
    });

  it('are ok when all exist', () => {
    expect(judgeChart(observed(), gitOps)).toEqual({ status: 'ok', says: '5 objects' });
  });

  it('are named when missing, even if others are forbidden', () => {
    const results = {
      'ClusterRole kube-aws-iam-refresher': ABSENT,
      'Namespace kube-aws-iam': FORBIDDEN,
    };
    expect(judgeChart(observed(gitOps, results), gitOps)).toMatchObject({
      status: 'failed',
      says: 'ClusterRole kube-aws-iam-refresher is missing',
    });
  });

  it('have another remedy when the namespace itself is missing', () => {
    const settings = settingsOf({ namespaces: ['team'] });
    expect(judgeChart(observed(settings, { 'Namespace team': ABSENT }), settings)).toMatchObject({
      says: 'Namespace team is missing',
      remedy: expect.stringContaining('kubectl create namespace team'),
    });
  });

  it('are unknown when forbidden, and failed on an error', () => {
    expect(
      judgeChart(observed(gitOps, { 'Namespace kube-aws-iam': FORBIDDEN }), gitOps),
    ).toMatchObject({
      status: 'not-checked',
      says: 'missing permission: get things',
    });
    expect(
      judgeChart(observed(gitOps, { 'Namespace kube-aws-iam': BROKEN }), gitOps),
    ).toMatchObject({
      status: 'failed',
      says: 'the API answered 500',
    });
  });

  it('are installed by the stack, unless installChart is false', () => {
    const results = { 'ClusterRole kube-aws-iam-refresher': ABSENT };
    expect(judgeChart(observed(SETTINGS, results), SETTINGS).remedy).toMatch(
      /npx cdk deploy KubeAwsIam-prod; if that reports no changes, .*helm upgrade/,
    );
  });
});

describe('admission policies', () => {
  const found = (value: object) => ({ kind: 'found', value }) as const;
  const policy = (parts: object = {}) => ({
    kind: 'ValidatingAdmissionPolicy' as const,
    name: 'p',
    policy: found({ failurePolicy: 'Fail' }),
    binding: found({ policyName: 'p', validationActions: ['Deny'] }),
    ...parts,
  });

  it.each([
    ['in effect', {}, 'ok', /^p$/],
    ['missing', { policy: ABSENT }, 'failed', /ValidatingAdmissionPolicy p is missing/],
    [
      'failing open',
      { policy: found({ failurePolicy: 'Ignore' }) },
      'failed',
      /failurePolicy Ignore/,
    ],
    [
      'with the configured keys',
      {
        metadataKeys: ['a/x', 'b'],
        policy: found({ validations: [{ expression: 'key in ["a/x"]' }, { expression: '["b"]' }] }),
      },
      'ok',
      /^p$/,
    ],
    [
      'without a configured key',
      {
        metadataKeys: ['a/x', 'b'],
        policy: found({ validations: [{ expression: 'key in ["za/x", "b"]' }] }),
      },
      'failed',
      /p is of another version or of other settings: it does not name a\/x of secretMetadata/,
    ],
    [
      'of a chart without such rules',
      { metadataKeys: ['b'] },
      'failed',
      /p is of another version or of other settings/,
    ],
    ['without a binding', { binding: ABSENT }, 'failed', /Binding p is missing/],
    [
      'with the binding of another policy',
      { binding: found({ policyName: 'q', validationActions: ['Deny'] }) },
      'failed',
      /binds policy q/,
    ],
    [
      'without an action',
      { binding: found({ policyName: 'p' }) },
      'failed',
      /has no action instead of Deny/,
    ],
    [
      'that only audits',
      { binding: found({ policyName: 'p', validationActions: ['Audit'] }) },
      'failed',
      /has Audit instead of Deny/,
    ],
    [
      'that also audits',
      { binding: found({ policyName: 'p', validationActions: ['Deny', 'Audit'] }) },
      'ok',
      /^p$/,
    ],
    [
      'for part of the cluster',
      { binding: found({ policyName: 'p', validationActions: ['Deny'], matchResources: {} }) },
      'failed',
      /covers only part of the cluster/,
    ],
    ['forbidden', { policy: FORBIDDEN }, 'not-checked', /missing permission: get things/],
    [
      'forbidden, without a binding',
      { policy: FORBIDDEN, binding: ABSENT },
      'failed',
      /Binding p is missing/,
    ],
    ['unreadable', { policy: BROKEN }, 'failed', /answered 500/],
    [
      'mutating, which has no actions',
      { kind: 'MutatingAdmissionPolicy', binding: found({ policyName: 'p' }) },
      'ok',
      /^p$/,
    ],
  ])('%s: %#', (_, parts, status, says) => {
    expect(judgePolicies([policy(parts)], 'fix')).toMatchObject({
      status,
      says: expect.stringMatching(says),
    });
  });

  it('with several problems are listed in the details', () => {
    expect(
      judgePolicies([policy({ policy: ABSENT, binding: ABSENT })], 'fix').details,
    ).toHaveLength(2);
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
      'that keeps unknown fields',
      definition({ 'x-kubernetes-preserve-unknown-fields': true }),
      'ok',
    ],
    ['of Zalando, without conditions', definition({ properties: { expiration: {} } }), 'warning'],
    ['without a status', definition(undefined), 'warning'],
    ['that is not served', definition({}, { served: false }), 'failed'],
    ['of another version', definition({}, { name: 'v2' }), 'failed'],
  ])('%s: %#', (_, found, status) => {
    expect(judgeDefinition(found, SETTINGS).status).toBe(status);
  });
});

describe('the permissions of the refresher', () => {
  it('are required in all namespaces by default', () => {
    const permissions = requiredPermissions(SETTINGS);
    expect(permissions).toHaveLength(13);
    expect(permissions.every(({ namespace }) => namespace === undefined)).toBe(true);
  });

  it("are required in each configured namespace, and in the forwarder's", () => {
    const permissions = requiredPermissions(settingsOf({ namespaces: ['team-a', 'team-b'] }));
    expect(new Set(permissions.map(({ namespace }) => namespace))).toEqual(
      new Set(['team-a', 'team-b', 'kube-aws-iam']),
    );
    expect(permissions).toHaveLength(36);
  });

  it('are named when missing, with their namespace', () => {
    const settings = settingsOf({ namespaces: ['team-a'], installChart: false });
    const reviewed = requiredPermissions(settings).map((required) => ({
      ...required,
      isAllowed: required.permission.verb !== 'patch' || required.namespace !== 'team-a',
    }));
    expect(judgePermissions(reviewed, settings)).toEqual({
      status: 'failed',
      says: 'group kube-aws-iam:refreshers lacks 3 permissions',
      details: [
        'patch secrets in namespace "team-a"',
        'patch events in namespace "team-a"',
        'patch awsiamroles/status in namespace "team-a"',
      ],
      remedy: 'apply the manifests: npx kube-aws-iam manifests --cluster prod | kubectl apply -f -',
    });
  });
});
