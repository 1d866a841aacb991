import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_SUBJECT } from '../../../contract/aws/oidc-provider.ts';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  REFRESHERS_GROUP,
  SESSIONS_SERVICE_ACCOUNT,
} from '../../../contract/kubernetes/cluster-access.ts';
import { type AssumeRole, createAssumeRole } from '../../../lambda/act/sessions/assume-role.ts';
import { webIdentityToken } from '../../../lambda/act/sessions/web-identity-token.ts';
import { createIam } from '../../../local/aws/iam/iam.ts';
import { type EmbeddedSts, startSts } from '../../../local/aws/sts/sts.ts';
import { MovableClock } from '../../../local/clock.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { trustOfIdentity } from '../../support/builders/identity-issuer.ts';
import { type ChartCluster, chartCluster, type Send } from '../../support/chart/chart-cluster.ts';
import { renderChart } from '../../support/chart/helm.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';

const NAMESPACE = `/api/v1/namespaces/${PRODUCT_NAMESPACE}`;
const ACCOUNTS = `${NAMESPACE}/serviceaccounts`;
const TOKENS = `${ACCOUNTS}/${SESSIONS_SERVICE_ACCOUNT}/token`;
const TERMS = { audiences: ['sts.amazonaws.com'], expirationSeconds: 3_600 };
const ACCOUNT = '123456789012';
const ORDERS = `arn:aws:iam::${ACCOUNT}:role/orders`;
const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const ONLY_REFRESHER = {
  status: 403,
  body: { message: expect.stringContaining('only the refresher may get tokens') },
};

describeChartOnRealCluster('the ServiceAccount that opens sessions, on a real API server', () => {
  let server: RealCluster;
  let cluster: ChartCluster;
  let refresher: Send;
  let editor: Send;
  const request = (spec: object, path = TOKENS) => refresher('POST', path, { spec });

  beforeAll(async () => {
    server = await startRealCluster({ controllers: true });
    cluster = chartCluster(server);
    for (const manifest of await renderChart({ 'sessions.serviceAccount': true })) {
      await cluster.apply(manifest);
    }
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${PRODUCT_NAMESPACE}/rolebindings`;
    await cluster.admin('POST', rbac, {
      metadata: { name: 'editors' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'editors' }],
    });
    refresher = cluster.as({ user: 'refresh', group: REFRESHERS_GROUP });
    editor = cluster.as({ user: 'someone', group: 'editors' });
    await waitUntil('the policies to be enforced and RBAC to be known', async () => {
      const [issued, refused, other] = await Promise.all([
        request(TERMS),
        request({ ...TERMS, audiences: [] }),
        editor('POST', `${ACCOUNTS}/default/token`, { spec: TERMS }),
      ]);
      const byAdmin = await cluster.admin('POST', TOKENS, { spec: TERMS });
      const statuses = [issued, refused, byAdmin, other].map(({ status }) => status);
      return statuses.join() === '201,403,403,201' || undefined;
    });
  });
  afterAll(async () => {
    await cluster?.close();
    await server?.stop();
  });

  it('is restricted by expressions that pass type checking', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
    for (const name of ['kube-aws-iam-sessions', 'kube-aws-iam-tokens']) {
      const status = await waitUntil('the policy to be checked', async () => {
        const { body } = await cluster.admin('GET', `${path}/${name}`);
        const checked = body['status'] as { observedGeneration?: number; typeChecking?: object };
        return checked.observedGeneration === body.metadata['generation'] ? checked : undefined;
      });
      expect(status.typeChecking).toEqual({});
    }
  });

  const ROW = /only for STS, and of at most an hour/;
  it.each([
    ['for the API server', { ...TERMS, audiences: [] }, ROW],
    ['for somebody else', { ...TERMS, audiences: ['vault'] }, ROW],
    ['for STS and somebody else', { ...TERMS, audiences: ['sts.amazonaws.com', 'vault'] }, ROW],
    ['for two hours', { ...TERMS, expirationSeconds: 7_200 }, ROW],
    [
      'bound to a pod',
      { ...TERMS, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'app' } },
      /may not bind tokens/,
    ],
  ])('has no token %s', async (_, spec, message) => {
    expect(await request(spec)).toMatchObject({
      status: 403,
      body: { message: expect.stringMatching(message) },
    });
  });

  it('is the only one whose tokens the refresher gets', async () => {
    for (const name of ['default', 'kube-aws-iam-forwarder']) {
      expect((await request(TERMS, `${ACCOUNTS}/${name}/token`)).status).toBe(403);
    }
  });

  it('gives no token to anybody else, not even to an admin', async () => {
    expect(await editor('POST', TOKENS, { spec: TERMS })).toMatchObject(ONLY_REFRESHER);
    expect(await cluster.admin('POST', TOKENS, { spec: TERMS })).toMatchObject(ONLY_REFRESHER);
  });

  const pod = (serviceAccountName: string) => ({
    metadata: { name: 'thief' },
    spec: {
      serviceAccountName,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'app', image: 'app', securityContext: RESTRICTED }],
    },
  });
  const legacy = (name: string) => ({
    metadata: { name: 'thief', annotations: { 'kubernetes.io/service-account.name': name } },
    type: 'kubernetes.io/service-account-token',
  });

  it.each([
    ['pod', 'pods', pod],
    ['Secret with a token', 'secrets', legacy],
  ])('cannot be that of a %s', async (_, resource, objectOf) => {
    const path = `${NAMESPACE}/${resource}?dryRun=All`;
    const own = objectOf(SESSIONS_SERVICE_ACCOUNT);
    expect(await editor('POST', path, own)).toMatchObject(ONLY_REFRESHER);
    expect(await cluster.admin('POST', path, own)).toMatchObject(ONLY_REFRESHER);
    expect(await cluster.admin('POST', path, objectOf('default'))).toMatchObject({ status: 201 });
  });

  it('cannot get a token by changing a Secret', async () => {
    const opaque = { metadata: { name: 'later' }, type: 'kubernetes.io/service-account-token' };
    const path = `${NAMESPACE}/secrets`;
    const other = { 'kubernetes.io/service-account.name': 'default' };
    const created = await cluster.admin('POST', path, {
      ...opaque,
      metadata: { name: 'later', annotations: other },
    });
    expect(created.status).toBe(201);
    const annotations = { 'kubernetes.io/service-account.name': SESSIONS_SERVICE_ACCOUNT };
    const change = { metadata: { annotations } };
    expect(
      await editor('PATCH', `${path}/later`, change, 'application/merge-patch+json'),
    ).toMatchObject({ status: 403 });
  });

  describe('with an STS that knows the keys of the API server', () => {
    let sts: EmbeddedSts;
    let assumeRole: AssumeRole;
    const clock = new MovableClock();
    const assume = (roleArn: string, sessionSeconds = 43_200) =>
      assumeRole({ roleArn, namespace: 'shop', sessionSeconds }, AbortSignal.timeout(30_000));

    beforeAll(async () => {
      const discovery = await cluster.admin('GET', '/.well-known/openid-configuration');
      const { issuer } = discovery.body as unknown as { issuer: string };
      sts = await startSts({ iam: createIam(clock), clock, region: 'eu-central-1' });
      sts.addOidcProvider({
        account: ACCOUNT,
        url: issuer,
        clientIds: ['sts.amazonaws.com'],
        keys: async () => (await cluster.admin('GET', '/openid/v1/jwks')).body as never,
      });
      const trustPolicy = trustOfIdentity(ACCOUNT, issuer, 'shop@prod');
      sts.addRole({ arn: ORDERS, maxSessionDuration: 43_200, trustPolicy });
      sts.addRole({ arn: `${ORDERS}-short`, trustPolicy });
      const connection = {
        send: async ({ method, path, body }: { method: string; path: string; body?: unknown }) => {
          const answer = await refresher(method, path, JSON.parse(String(body)));
          return {
            status: answer.status,
            headers: {},
            body: Buffer.from(JSON.stringify(answer.body)),
          };
        },
      };
      assumeRole = createAssumeRole({
        sts: new STSClient({ endpoint: sts.url, region: 'eu-central-1' }),
        intermediate: undefined,
        identityToken: webIdentityToken({ connection, now: () => clock.now() }),
        sessions: { nameForm: 'namespace', source: 'oidc', seconds: 43_200 },
        clusterName: 'prod',
        policy: {},
        now: () => clock.now(),
      });
    });
    afterAll(() => sts?.stop());

    it('opens sessions of twelve hours', async () => {
      const { expiresAt, limitedSeconds } = await assume(ORDERS);
      const seconds = (expiresAt.getTime() - clock.now().getTime()) / 1_000;
      expect(seconds).toBeGreaterThan(43_190);
      expect(limitedSeconds).toBeUndefined();
      expect(sts.identitySessions).toMatchObject([
        { roleArn: ORDERS, subject: TOKEN_SUBJECT, sessionName: 'shop@prod' },
      ]);
    });

    it('opens sessions of an hour of a role that allows no more', async () => {
      const { limitedSeconds } = await assume(`${ORDERS}-short`);
      expect(limitedSeconds).toBe(3_600);
    });

    it('is denied roles of other namespaces', async () => {
      const other = assumeRole(
        { roleArn: ORDERS, namespace: 'bank', sessionSeconds: 43_200 },
        AbortSignal.timeout(30_000),
      );
      await expect(other).rejects.toMatchObject({
        reason: 'assume-role-denied',
        message:
          'Not authorized to perform sts:AssumeRoleWithWebIdentity. The role does not exist, or its trust policy does not allow sts:AssumeRoleWithWebIdentity as this prints: kube-aws-iam trust-policy orders --namespace bank',
      });
    });
  });
});
