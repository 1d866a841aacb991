import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  REFRESHER_SERVICE_ACCOUNT,
  REFRESHERS_GROUP,
  type RefresherSubject,
} from '../../../contract/kubernetes/cluster-access.ts';
import { type ApiClient, apiClient } from '../../../local/api-client.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { awsIamRoles, HEADER } from '../../support/chart/awsiamrole-definition.ts';
import { type ChartCluster, chartCluster, type Send } from '../../support/chart/chart-cluster.ts';
import { type Manifest, renderChart } from '../../support/chart/helm.ts';
import {
  DRY_RUN,
  EVENTS,
  event,
  FORBIDDEN,
  MANAGED,
  MERGE,
  RIGHTS,
  SECRETS,
  secret,
} from '../../support/chart/refresher-rights.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';

/** The status of an admission policy. */
interface PolicyStatus {
  readonly observedGeneration?: number;
  readonly typeChecking?: object;
}

const OWN: RefresherSubject = {
  kind: 'ServiceAccount',
  name: REFRESHER_SERVICE_ACCOUNT,
  namespace: PRODUCT_NAMESPACE,
};
const OTHER: RefresherSubject = { kind: 'ServiceAccount', name: 'refresher', namespace: 'team' };
const ACCOUNTS = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/serviceaccounts`;
const OWN_TOKENS = `${ACCOUNTS}/${REFRESHER_SERVICE_ACCOUNT}/token`;
const REFUSED_LABEL = {
  status: 403,
  body: { message: expect.stringContaining('only the refresher may set, change or remove') },
};

describeChartOnRealCluster('the subject of the chart on a real API server', () => {
  let server: RealCluster;
  let cluster: ChartCluster;
  let manifests: readonly Manifest[] = [];
  const clients: ApiClient[] = [];

  beforeAll(async () => {
    server = await startRealCluster({ controllers: true });
    cluster = chartCluster(server);
    for (const name of ['team', 'other']) {
      await cluster.admin('POST', '/api/v1/namespaces', { metadata: { name } });
    }
    await cluster.admin('POST', '/api/v1/namespaces/team/serviceaccounts', {
      metadata: { name: OTHER.name },
    });
    await waitUntil('the default ServiceAccount', async () => {
      const { status } = await cluster.admin(
        'GET',
        '/api/v1/namespaces/team/serviceaccounts/default',
      );
      return status === 200 || undefined;
    });
    await cluster.admin('POST', '/api/v1/namespaces/team/pods', {
      metadata: { name: 'app' },
      spec: { serviceAccountName: OTHER.name, containers: [{ name: 'app', image: 'app' }] },
    });
    // Not the refresher, but with permissions on Secrets: only the policies can tell them apart.
    const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterrole';
    await cluster.admin('POST', `${rbac}s`, {
      metadata: { name: 'secrets' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }],
    });
    const answer = await cluster.admin('POST', `${rbac}bindings`, {
      metadata: { name: 'tenants' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'secrets' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'tenants' }],
    });
    expect(answer.status).toBe(201);
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await cluster?.close();
    await server?.stop();
  });

  /** Installs the chart, and removes what an upgrade of the release would remove. */
  async function install(subject: RefresherSubject, rotatesLogin: boolean): Promise<void> {
    const installed = manifests;
    manifests = await renderChart({
      'refresher.subject': subject,
      'refresher.rotatesLogin': rotatesLogin,
    });
    for (const manifest of manifests) await cluster.apply(manifest);
    const key = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`;
    const kept = manifests.map(key);
    for (const gone of installed.filter((one) => !kept.includes(key(one)))) {
      await cluster.remove(gone);
    }
  }

  /** Sends requests as the subject: with a token of the API server for a ServiceAccount. */
  async function as(subject: RefresherSubject): Promise<Send> {
    if (subject.kind !== 'ServiceAccount') {
      return subject.kind === 'User'
        ? cluster.as({ user: subject.name })
        : cluster.as({ user: 'refresh', group: subject.name });
    }
    const { namespace, name } = subject;
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const { body } = await cluster.admin('POST', path, { spec: { expirationSeconds: 3_600 } });
    const { token } = body['status'] as { token: string };
    const client = apiClient({ ...server, token });
    clients.push(client);
    return (method, requested, content, contentType = 'application/json') =>
      client.send(method, requested, { body: content, headers: { 'content-type': contentType } });
  }

  describe.each<[string, RefresherSubject, boolean, readonly RefresherSubject[]]>([
    [
      'the group of EKS',
      { kind: 'Group', name: REFRESHERS_GROUP },
      false,
      [{ kind: 'User', name: REFRESHERS_GROUP }, OTHER],
    ],
    [
      'another group',
      { kind: 'Group', name: `o'brien: "x"` },
      false,
      [
        { kind: 'Group', name: REFRESHERS_GROUP },
        { kind: 'User', name: `o'brien: "x"` },
      ],
    ],
    [
      'a user',
      { kind: 'User', name: 'refresher@example.com' },
      false,
      [
        { kind: 'Group', name: REFRESHERS_GROUP },
        { kind: 'Group', name: 'refresher@example.com' },
        { kind: 'User', name: 'Refresher@example.com' },
      ],
    ],
    [
      'a ServiceAccount of somebody else',
      OTHER,
      false,
      [
        { kind: 'Group', name: REFRESHERS_GROUP },
        { ...OTHER, name: 'default' },
      ],
    ],
    [
      'the ServiceAccount of the chart',
      OWN,
      true,
      [
        { kind: 'Group', name: REFRESHERS_GROUP },
        { kind: 'User', name: REFRESHER_SERVICE_ACCOUNT },
        { ...OWN, name: 'default' },
        OTHER,
      ],
    ],
  ])('%s', (_, subject, rotatesLogin, others) => {
    let refresher: Send;

    beforeAll(async () => {
      await install(subject, rotatesLogin);
      refresher = await as(subject);
      await waitUntil('the policies to be enforced', async () => {
        const foreign = await refresher('POST', SECRETS + DRY_RUN, secret('x', MANAGED));
        const own = await refresher('POST', SECRETS + DRY_RUN, secret('aws-iam-app', MANAGED));
        return (foreign.status === 403 && [201, 409].includes(own.status)) || undefined;
      });
      await refresher('POST', SECRETS, secret('aws-iam-app', MANAGED));
      await refresher('POST', EVENTS, event('app.known'));
      await waitUntil('AWSIAMRoles to be served', async () => {
        const role = { ...HEADER, metadata: { name: 'app' }, spec: { roleReference: 'app' } };
        const { status } = await cluster.admin('POST', awsIamRoles('team'), role);
        return [201, 409].includes(status) || undefined;
      });
    });

    it('has the permissions of the refresher', async () => {
      for (const { right, request } of RIGHTS) {
        const { status, body } = await request(refresher);
        expect([right, status < 300, body], JSON.stringify(body)).toEqual([right, true, body]);
      }
    });

    it('has no others', async () => {
      for (const { method, path } of FORBIDDEN) {
        const body = method === 'GET' ? undefined : {};
        const { status } = await refresher(
          method,
          path,
          body,
          method === 'PATCH' ? MERGE : undefined,
        );
        expect([method, path, status]).toEqual([method, path, 403]);
      }
    });

    it('is restricted by the policy', async () => {
      expect(await refresher('POST', SECRETS, secret('aws-iam-x', {}))).toMatchObject({
        status: 403,
        body: {
          message: expect.stringContaining('the refresher may write only Secrets with the label'),
        },
      });
    });

    it.each(others.map((other) => [other.kind, other.name, other] as const))(
      'is not %s %s',
      async (_kind, _name, other) => {
        const send = await as(other);
        for (const { right, request } of RIGHTS) {
          expect([right, (await request(send)).status]).toEqual([right, 403]);
        }
      },
    );

    it('is the only one that writes the label', async () => {
      const tenant = cluster.as({ user: 'someone', group: 'tenants' });
      expect(await tenant('POST', SECRETS, secret('aws-iam-x', MANAGED))).toMatchObject(
        REFUSED_LABEL,
      );
      const removed = { metadata: { labels: { heritage: null } } };
      expect(await tenant('PATCH', `${SECRETS}/aws-iam-app`, removed, MERGE)).toMatchObject(
        REFUSED_LABEL,
      );
      expect(await cluster.admin('POST', SECRETS, secret('aws-iam-x', MANAGED))).toMatchObject(
        REFUSED_LABEL,
      );
    });
  });

  describe('the tokens that the refresher requests', () => {
    let refresher: Send;
    const request = (spec: object, path: string = OWN_TOKENS) => refresher('POST', path, { spec });

    beforeAll(async () => {
      await install(OWN, true);
      refresher = await as(OWN);
      await waitUntil('the policy to be enforced', async () => {
        const { status } = await request({ audiences: ['sts.amazonaws.com'] });
        return status === 403 || undefined;
      });
    });

    it('are restricted by expressions that pass type checking', async () => {
      const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
      const status = await waitUntil('the policy to be checked', async () => {
        const { body } = await cluster.admin('GET', `${path}/kube-aws-iam-tokens`);
        const { observedGeneration, typeChecking } = body['status'] as PolicyStatus;
        return observedGeneration === body.metadata['generation'] ? { typeChecking } : undefined;
      });
      expect(status.typeChecking).toEqual({});
    });

    it('are its own, for the API server', async () => {
      const { status, body } = await request({ expirationSeconds: 86_400 });
      expect(status).toBe(201);
      const { token } = body['status'] as { token: string };
      const client = apiClient({ ...server, token });
      clients.push(client);
      expect((await client.send('GET', '/api/v1/pods')).status).toBe(200);
    });

    it.each([
      ['for STS', { audiences: ['sts.amazonaws.com'] }, /only for the API server/],
      [
        'for STS and another audience',
        { audiences: ['https://kubernetes.default.svc', 'sts.amazonaws.com'] },
        /only for the API server/,
      ],
      [
        'bound to a pod',
        { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'app' } },
        /may not bind tokens/,
      ],
      ['for longer than a year', { expirationSeconds: 31_536_001 }, /at most a year/],
    ])('are not %s', async (_, spec, message) => {
      expect(await request(spec)).toMatchObject({
        status: 403,
        body: { message: expect.stringMatching(message) },
      });
    });

    it.each([
      ['of another ServiceAccount in its namespace', `${ACCOUNTS}/default/token`],
      ['of the forwarder', `${ACCOUNTS}/kube-aws-iam-forwarder/token`],
      [
        'of a ServiceAccount of its name',
        `/api/v1/namespaces/team/serviceaccounts/${REFRESHER_SERVICE_ACCOUNT}/token`,
      ],
      ['of a tenant', '/api/v1/namespaces/team/serviceaccounts/default/token'],
    ])('are not %s', async (_, path) => {
      expect((await request({}, path)).status).toBe(403);
    });

    it('are not of others even if RBAC grants it', async () => {
      const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
      const { status } = await cluster.admin('POST', rbac, {
        metadata: { name: 'mistake' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'cluster-admin',
        },
        subjects: [OWN],
      });
      expect(status).toBe(201);
      const refused = {
        status: 403,
        body: { message: expect.stringContaining('tokens only of ServiceAccounts of the product') },
      };
      try {
        await waitUntil('the permission to hold', async () => {
          const nodes = await refresher('GET', '/api/v1/nodes');
          return nodes.status === 200 || undefined;
        });
        expect(await request({}, `${ACCOUNTS}/default/token`)).toMatchObject(refused);
        expect(
          await request({}, '/api/v1/namespaces/team/serviceaccounts/default/token'),
        ).toMatchObject(refused);
      } finally {
        await cluster.admin('DELETE', `${rbac}/mistake`);
      }
    });
  });
});
