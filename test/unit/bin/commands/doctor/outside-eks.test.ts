import { describe, expect, it } from 'vitest';
import { environmentDrift } from '../../../../../bin/commands/doctor/aws-checks/environment-drift.ts';
import { judgeLogin } from '../../../../../bin/commands/doctor/aws-checks/login.ts';
import { judgeRefresherCluster } from '../../../../../bin/commands/doctor/cluster-checks/chart-cluster.ts';
import { requiredPermissions } from '../../../../../bin/commands/doctor/cluster-checks/refresher-permissions.ts';
import { judgeSameServer } from '../../../../../bin/commands/doctor/cluster-checks/same-server.ts';
import { judgeSeed } from '../../../../../bin/commands/doctor/in-cluster-checks/refresher.ts';
import { clusterFields } from '../../../../../bin/kubeconfig/kubeconfig-schema.ts';
import { formatLoginKubeconfig } from '../../../../../kubernetes/login/stored-login.ts';
import {
  issueAuthority,
  issueClientCertificate,
} from '../../../../../local/kubernetes/certificates.ts';
import { settingsOf } from './settings.ts';

const authority = await issueAuthority();
const other = await issueAuthority();
const SERVER = 'https://api.example.com:6443';

const onprem = (kubernetes: object) =>
  settingsOf({
    kind: 'kubernetes',
    region: 'eu-central-1',
    kubernetes: { server: SERVER, certificateAuthority: authority.certificatePem, ...kubernetes },
  });
const NOW = new Date('2026-05-01T12:00:00Z');
const days = (count: number): number => NOW.getTime() / 1_000 + count * 86_400;

/** A kubeconfig with a token of these claims; without claims, one that is no JSON web token. */
function withToken(claims: object | undefined, mayLackExpiry = false): string {
  const encoded = Buffer.from(JSON.stringify(claims ?? {})).toString('base64url');
  const token = claims === undefined ? 'opaque' : `e30.${encoded}.c2ln`;
  return formatLoginKubeconfig({ user: { token, mayLackExpiry } });
}

describe('the stored login', () => {
  const rotated = onprem({ login: 'serviceAccount' });
  const fixed = onprem({ login: 'clientCertificate' });

  it.each([
    [
      rotated,
      withToken({ iat: days(-1), exp: days(29) }),
      'ok',
      /^a token until 2026-05-30T12:00:00Z, which/,
    ],
    [rotated, withToken({ iat: days(-0.2), exp: days(0.8) }), 'ok', /which the functions replace$/],
    [rotated, withToken({ iat: days(-0.8), exp: days(0.2) }), 'warning', /have not replaced it$/],
    [rotated, withToken({ iat: days(-25), exp: days(5) }), 'warning', /have not replaced it$/],
    [
      rotated,
      withToken({ iat: days(-30), exp: days(-1) }),
      'failed',
      /^the login expired at 2026-04-30T12:00:00Z$/,
    ],
    [
      rotated,
      withToken({}),
      'failed',
      /^the stored token has no expiry, and nobody has acknowledged that$/,
    ],
    [rotated, withToken(undefined), 'failed', /has no expiry/],
    [rotated, withToken(undefined, true), 'ok', /^a token without expiry, as acknowledged$/],
    [fixed, withToken({ iat: days(-1), exp: days(100) }), 'ok', /^valid until /],
    [fixed, withToken({ iat: days(-300), exp: days(10) }), 'warning', /and nothing replaces it$/],
    [rotated, 'no kubeconfig', 'failed', /^the stored login cannot be used: /],
    [rotated, '', 'failed', /^the stored login cannot be used: /],
  ])('%#: is judged by its life', async (settings, kubeconfig, status, says) => {
    const finding = await judgeLogin(kubeconfig, settings, NOW);
    expect(finding).toMatchObject({ status, says: expect.stringMatching(says) });
    expect(finding.remedy).toBe(
      status === 'ok'
        ? undefined
        : 'run: kube-aws-iam connect --cluster prod --region eu-central-1',
    );
  });

  it('needs a server only with login kubeconfig, and quotes no credential', async () => {
    const settings = settingsOf({
      kind: 'kubernetes',
      kubernetes: { login: 'kubeconfig', subject: { kind: 'Group', name: 'g' } },
    });
    const kubeconfig = withToken({ iat: days(-1), exp: days(100) });
    expect(await judgeLogin(kubeconfig, settings, NOW)).toMatchObject({
      status: 'failed',
      says: 'the stored kubeconfig names no server',
    });
    const { certificatePem } = await issueClientCertificate('jo', 'x');
    const { keyPem } = authority;
    const mixed = formatLoginKubeconfig({ user: { certificate: certificatePem, key: keyPem } });
    const { says } = await judgeLogin(mixed, fixed, NOW);
    expect(says).toMatch(/cannot be used/);
    expect(says).not.toContain('BEGIN');
  });
});

describe('the server of the kubeconfig', () => {
  const context = (server: string, pem: string, name = 'admin') => ({
    name: 'here',
    cluster: {
      ...clusterFields.parse({ 'certificate-authority-data': Buffer.from(pem).toString('base64') }),
      name,
      server,
    },
  });
  const ARN = 'arn:aws:eks:eu-central-1:123456789012:cluster/other';

  it.each([
    ['of the same address', context(`${SERVER}/`, other.certificatePem), 'ok', SERVER],
    [
      'behind a tunnel',
      context('https://localhost:6443', authority.certificatePem),
      'ok',
      /^https:\/\/localhost:6443$/,
    ],
    [
      'behind a proxy',
      context('https://proxy', other.certificatePem),
      'ok',
      /"chart: cluster" identifies/,
    ],
    [
      'of an EKS cluster',
      context('https://eks', other.certificatePem, ARN),
      'failed',
      /is for https:\/\/eks, an EKS cluster, but cluster "prod" is at/,
    ],
    [
      'of an EKS cluster that is this one',
      context(SERVER, other.certificatePem, ARN),
      'ok',
      SERVER,
    ],
  ])('%s', (_, loaded, status, says) => {
    expect(judgeSameServer(loaded, onprem({ login: 'serviceAccount' }))).toMatchObject({
      status,
      says: typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
    });
  });
});

describe('a refresher in the cluster', () => {
  const settings = settingsOf({ kind: 'kubernetes', runsIn: 'cluster', region: 'eu-central-1' });

  it.each([
    [{ CLUSTER_NAME: 'prod', AWS_REGION: 'eu-central-1' }, 'ok'],
    [{ CLUSTER_NAME: 'prod', AWS_REGION: 'us-east-1' }, 'failed'],
    [{ CLUSTER_NAME: 'other', AWS_REGION: 'eu-central-1' }, 'failed'],
    [{}, 'failed'],
  ])('of %j is %s', (environment, status) => {
    expect(judgeRefresherCluster(environment, settings, 'eu-central-1').status).toBe(status);
  });

  const labels = { heritage: 'kube-aws-iam-controller' };
  it.each([
    ['missing', undefined, 'failed', /is missing, so the refresher has no AWS credentials/],
    ['without the label', { labels: {}, annotations: {} }, 'failed', /lacks the label/],
    ['without expiry', { labels, annotations: {} }, 'failed', /no valid expiry/],
    [
      'expired',
      { labels, annotations: { 'kube-aws-iam/expires-at': '2026-05-01T11:00:00Z' } },
      'failed',
      /expired at 2026-05-01T11:00:00Z, and it cannot renew them/,
    ],
    [
      'valid',
      { labels, annotations: { 'kube-aws-iam/expires-at': '2026-05-01T13:00:00Z' } },
      'ok',
      /valid until/,
    ],
  ])('with a Secret that is %s', (_, metadata, status, says) => {
    const finding = judgeSeed('aws-iam-x', metadata, 'run: kube-aws-iam seed', NOW);
    expect(finding).toMatchObject({ status, says: expect.stringMatching(says) });
    if (status === 'failed') expect(finding.remedy).toContain('kube-aws-iam seed');
  });
});

describe('the environment of the functions', () => {
  const api = (suffix: string) =>
    JSON.stringify({
      login: 'secret',
      secretArn: `arn:aws:secretsmanager:r:1:secret:kube-aws-iam-prod-login${suffix}`,
    });
  const drift = (actual: string) =>
    environmentDrift(
      { CLUSTER_API: api('') },
      { CLUSTER_API: actual },
      onprem({ login: 'serviceAccount' }),
    );

  it.each([
    [api(''), 0],
    [api('-AbC3dE'), 0],
    [api('-other'), 1],
    [api('2-AbC3dE'), 1],
    ['', 1],
  ])('may name the secret with its suffix: %j', (actual, count) => {
    expect(drift(actual)).toHaveLength(count);
  });
});

it('a refresher in the cluster needs to lead, and its sessions may need tokens', () => {
  const named = (settings: object) =>
    requiredPermissions(settingsOf({ kind: 'kubernetes', runsIn: 'cluster', ...settings })).flatMap(
      ({ permission: { verb, resource }, name }) =>
        name === undefined ? [] : [`${verb} ${resource} ${name}`],
    );
  const leases = ['get leases kube-aws-iam-refresher', 'patch leases kube-aws-iam-refresher'];
  expect(named({})).toEqual(leases);
  const sessions = { source: 'oidc', issuer: 'https://issuer.example.com' };
  expect(named({ sessions })).toEqual(['create serviceaccounts kube-aws-iam-sessions', ...leases]);
});

it('the refresher needs to create its own tokens if it replaces them', () => {
  const named = (settings: Parameters<typeof requiredPermissions>[0]) =>
    requiredPermissions(settings).filter(({ permission }) => permission.subresource === 'token');
  expect(named(onprem({ login: 'serviceAccount' }))).toMatchObject([
    { namespace: 'kube-aws-iam', name: 'kube-aws-iam-refresher' },
  ]);
  expect(named(onprem({ login: 'clientCertificate' }))).toEqual([]);
  expect(named(settingsOf())).toEqual([]);
});
