import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { REFRESHERS_GROUP } from '../../../contract/kubernetes/cluster-access.ts';
import { EXPIRES_AT_ANNOTATION } from '../../../contract/kubernetes/secret.ts';
import type { ApiResponse } from '../../../local/api-client.ts';
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
  marked,
  REFRESHER_ROLE,
  RIGHTS,
  type Right,
  type Rule,
  rightsOf,
  rolesNamed,
  roleWithout,
  SECRETS,
  scopedRights,
  secret,
  UNSCOPED,
} from '../../support/chart/refresher-rights.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';
import { describeAnnotations } from './chart-annotations.ts';

/** The status of an admission policy. */
interface PolicyStatus {
  readonly observedGeneration?: number;
  readonly typeChecking?: object;
}

describeChartOnRealCluster('the chart on a real API server', () => {
  let server: RealCluster;
  let cluster: ChartCluster;
  let refresher: Send;
  let manifests: readonly Manifest[] = [];

  /** Installs the chart like an upgrade of the release: removes Roles that are no longer in the chart. */
  const install = async (values?: object) => {
    const before = rolesNamed(manifests);
    manifests = await renderChart(values);
    for (const manifest of manifests) await cluster.apply(manifest);
    const namespaces = rolesNamed(manifests).map(({ metadata }) => metadata.namespace);
    for (const { metadata } of before) {
      if (namespaces.includes(metadata.namespace)) continue;
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${metadata.namespace}`;
      await cluster.admin('DELETE', `${rbac}/rolebindings/${REFRESHER_ROLE}`);
      await cluster.admin('DELETE', `${rbac}/roles/${REFRESHER_ROLE}`);
    }
  };
  const statusOf = async (answer: Promise<ApiResponse>) => (await answer).status;

  beforeAll(async () => {
    server = await startRealCluster({ controllers: true });
    cluster = chartCluster(server);
    const user = 'arn:aws:sts::123456789012:assumed-role/kube-aws-iam-eu-central-1-test/refresh';
    refresher = cluster.as({ user, group: REFRESHERS_GROUP });
    await install();
    for (const name of ['team', 'other']) {
      await cluster.admin('POST', '/api/v1/namespaces', { metadata: { name } });
    }
    await cluster.admin('POST', '/api/v1/namespaces/team/pods', {
      metadata: { name: 'app' },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    });
    await waitUntil('both policies to be enforced', async () => {
      const foreign = await refresher('POST', SECRETS + DRY_RUN, secret('x', {}));
      const labelled = await cluster.admin('POST', SECRETS + DRY_RUN, secret('x', MANAGED));
      return (foreign.status === 403 && labelled.status === 403) || undefined;
    });
    await refresher('POST', SECRETS, secret('aws-iam-app', MANAGED));
    await refresher('POST', EVENTS, event('app.known'));
    await waitUntil('AWSIAMRoles to be served', async () => {
      const role = { ...HEADER, metadata: { name: 'app' }, spec: { roleReference: 'app' } };
      const answer = cluster.admin('POST', awsIamRoles('team'), role);
      return (await statusOf(answer)) === 201 || undefined;
    });
  });
  afterAll(async () => {
    await cluster.close();
    await server.stop();
  });

  describe.each<[string, object, readonly Right[]]>([
    ['with all namespaces', {}, RIGHTS],
    ['with some namespaces', { namespaces: ['team', PRODUCT_NAMESPACE] }, scopedRights('team')],
  ])('the permissions of the refresher %s', (_, values, rights) => {
    const allowed = (one: Right) =>
      waitUntil(
        `${one.right} to be allowed`,
        async () => (await statusOf(one.request(refresher))) < 300 || undefined,
      );
    const refused = (one: Right) =>
      waitUntil(
        `${one.right} to be refused`,
        async () => (await statusOf(one.request(refresher))) === 403 || undefined,
      );

    beforeAll(async () => {
      await install(values);
      for (const one of rights) await allowed(one);
    });
    afterAll(() => install());

    it('are those that the product uses', () => {
      const [clusterRole, role] = rolesNamed(manifests);
      const granted = [clusterRole, role].flatMap((one) =>
        one === undefined ? [] : rightsOf(one),
      );
      expect(granted.map(({ right }) => right).sort()).toEqual(
        rights.map(({ right }) => right).sort(),
      );
    });

    it.each(rights)('allow $right', async ({ request }) => {
      expect(await statusOf(request(refresher))).toBeLessThan(300);
    });

    it.each(rights)('are required: without $right, only that request fails', async (one) => {
      await cluster.apply(roleWithout(manifests, one.right));
      try {
        await refused(one);
        for (const other of rights.filter(({ right }) => right !== one.right)) {
          expect([other.right, await statusOf(other.request(refresher))]).toEqual([
            other.right,
            expect.toSatisfy((status: number) => status < 300),
          ]);
        }
      } finally {
        for (const role of rolesNamed(manifests)) await cluster.apply(role);
        await allowed(one);
      }
    });

    it.each(FORBIDDEN)('do not allow $method $path', async ({ method, path }) => {
      const body = method === 'GET' ? undefined : {};
      const type = method === 'PATCH' ? MERGE : undefined;
      expect(await refresher(method, path, body, type)).toMatchObject({
        status: 403,
        body: { reason: 'Forbidden', message: expect.stringContaining('cannot') },
      });
    });

    it('are complete: the API server reports no others', async () => {
      const review = (send: Send) =>
        send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
          spec: { namespace: 'team' },
        });
      const rules = async (send: Send) => {
        const status = (await review(send)).body['status'] as { resourceRules: readonly Rule[] };
        return status.resourceRules.flatMap((rule) =>
          rule.resources.flatMap((resource) => rule.verbs.map((verb) => `${verb} ${resource}`)),
        );
      };
      const everyone = new Set(await rules(cluster.as({ user: 'someone' })));
      const own = (await rules(refresher)).filter((right) => !everyone.has(right));
      expect(own.sort()).toEqual(rights.map(({ right }) => right).sort());
    });
  });

  describe('the permissions of the refresher outside its namespaces', () => {
    beforeAll(async () => {
      await install({ namespaces: ['team', PRODUCT_NAMESPACE] });
      const [list] = UNSCOPED;
      await waitUntil('lists of all to be refused', async () =>
        list && (await statusOf(refresher(list.method, list.path))) === 403 ? true : undefined,
      );
    });
    afterAll(() => install());

    it.each(UNSCOPED)('do not allow $method $path', async ({ method, path }) => {
      expect(await statusOf(refresher(method, path))).toBe(403);
    });

    it.each(scopedRights('other'))('do not allow $right in another namespace', async (one) => {
      expect(await statusOf(one.request(refresher))).toBe(403);
    });

    it("include the product's namespace, which contains the forwarder's Secret", async () => {
      const secrets = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets`;
      expect(await statusOf(refresher('GET', secrets))).toBe(200);
    });

    it('cannot be granted in a namespace that does not exist', async () => {
      const role = rolesNamed(manifests).find(({ kind }) => kind === 'Role');
      const lost = { ...role, metadata: { name: REFRESHER_ROLE, namespace: 'lost' } } as Manifest;
      await expect(cluster.apply(lost)).rejects.toThrow(/namespaces \\"lost\\" not found/);
    });
  });

  it.each([
    ['team', 0],
    ['other', 1],
  ])('lists AWSIAMRoles without those of an excluded namespace: %s', async (name, left) => {
    const path = `/apis/zalando.org/v1/awsiamroles?fieldSelector=metadata.namespace!%3D${name}`;
    const { body } = await cluster.admin('GET', path);
    expect(body.items).toHaveLength(left);
  });

  describe('privilege escalation to cluster admin', () => {
    const TOKEN = { type: 'kubernetes.io/service-account-token' };
    const FOR_ADMIN = { annotations: { 'kubernetes.io/service-account.name': 'default' } };

    beforeAll(async () => {
      await cluster.admin('POST', SECRETS, {
        metadata: { name: 'token', ...FOR_ADMIN },
        ...TOKEN,
      });
      await cluster.admin('POST', SECRETS, secret('of-a-user', {}));
    });

    it.each([
      ['a labelled ServiceAccount token', { labels: MANAGED, ...FOR_ADMIN }, TOKEN],
      ['an unlabelled ServiceAccount token', { ...FOR_ADMIN }, TOKEN],
      [
        'a labelled bootstrap token',
        { labels: MANAGED },
        { type: 'bootstrap.kubernetes.io/token' },
      ],
      ['an unlabelled Secret', {}, {}],
      ["a Secret with another's label", { labels: { heritage: 'Helm' } }, {}],
    ])('is prevented: %s cannot be created', async (_, metadata, rest) => {
      const body = { metadata: { name: 'aws-iam-escalation', ...metadata }, ...rest };
      expect(await refresher('POST', SECRETS, body)).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('kube-aws-iam: the refresher may write only') },
      });
    });

    it.each([
      ['labeling a ServiceAccount token', 'token', { metadata: { labels: MANAGED } }],
      ["labeling a user's Secret", 'of-a-user', { metadata: { labels: MANAGED } }],
      ["changing a user's Secret", 'of-a-user', { data: { key: 'dmFsdWU=' } }],
      ['removing the label', 'aws-iam-app', { metadata: { labels: { heritage: null } } }],
    ])('is prevented: %s', async (_, name, patch) => {
      expect(await refresher('PATCH', `${SECRETS}/${name}`, patch, MERGE)).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('kube-aws-iam: the refresher may') },
      });
    });

    it('is prevented: the type of a Secret is immutable', async () => {
      const patch = { metadata: FOR_ADMIN, ...TOKEN };
      expect(await refresher('PATCH', `${SECRETS}/aws-iam-app`, patch, MERGE)).toMatchObject({
        status: 422,
        body: { message: expect.stringContaining('field is immutable') },
      });
    });

    it('is prevented: server-side apply cannot create a ServiceAccount token', async () => {
      const path = `${SECRETS}/aws-iam-applied?fieldManager=kube-aws-iam`;
      const token = {
        metadata: { name: 'aws-iam-applied', labels: MANAGED, ...FOR_ADMIN },
        ...TOKEN,
      };
      const body = { apiVersion: 'v1', kind: 'Secret', ...token };
      expect(await refresher('PATCH', path, body, 'application/apply-patch+yaml')).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('only Secrets of type Opaque') },
      });
    });

    it.each(['token', 'of-a-user'])('is prevented: %s cannot be deleted', async (name) => {
      expect(await refresher('DELETE', `${SECRETS}/${name}`)).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('may change and delete only') },
      });
    });
  });

  describe('the label', () => {
    const tenant = (): Send => cluster.as({ user: 'tenant', group: 'tenants' });
    const refused = {
      status: 403,
      body: { message: expect.stringContaining('only the refresher may set, change or remove') },
    };

    beforeAll(async () => {
      const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/team';
      const apiGroup = 'rbac.authorization.k8s.io';
      await cluster.admin('POST', `${rbac}/roles`, {
        metadata: { name: 'secrets' },
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }],
      });
      await cluster.admin('POST', `${rbac}/rolebindings`, {
        metadata: { name: 'secrets' },
        roleRef: { apiGroup, kind: 'Role', name: 'secrets' },
        subjects: [{ apiGroup, kind: 'Group', name: 'tenants' }],
      });
      await waitUntil(
        'the tenant to have its role',
        async () => (await statusOf(tenant()('GET', SECRETS))) === 200 || undefined,
      );
      await tenant()('POST', SECRETS, secret('own', { heritage: 'Helm' }));
    });

    it('cannot be set by a tenant on a new Secret', async () => {
      expect(await tenant()('POST', SECRETS, secret('aws-iam-admin', MANAGED))).toMatchObject(
        refused,
      );
    });

    it.each([
      ['added to their own Secret', 'own', { labels: MANAGED }],
      ['changed on a managed Secret', 'aws-iam-app', { labels: { heritage: 'mine' } }],
      ['removed from a managed Secret', 'aws-iam-app', { labels: { heritage: null } }],
      ['removed with all labels', 'aws-iam-app', { labels: null }],
    ])('cannot be %s', async (_, name, metadata) => {
      const answer = await tenant()('PATCH', `${SECRETS}/${name}`, { metadata }, MERGE);
      expect(answer).toMatchObject(refused);
    });

    it('cannot be set by a cluster admin either', async () => {
      expect(await cluster.admin('POST', SECRETS, secret('x', MANAGED))).toMatchObject(refused);
    });

    it('does not protect the rest of a managed Secret', async () => {
      const patch = { metadata: { annotations: { note: 'seen' } } };
      const path = `${SECRETS}/aws-iam-app`;
      expect(await statusOf(tenant()('PATCH', path, patch, MERGE))).toBe(200);
    });

    it('does not prevent a tenant from deleting a managed Secret', async () => {
      await refresher('POST', SECRETS, secret('aws-iam-gone', MANAGED));
      expect(await statusOf(tenant()('DELETE', `${SECRETS}/aws-iam-gone`))).toBe(200);
    });

    describeAnnotations({ tenant, refresher: () => refresher, admin: () => cluster.admin });

    it.each<[string, object]>([
      ['user', { 'migration.exemptUsers': ['tenant'] }],
      ['group', { 'migration.exemptGroups': ['tenants'] }],
    ])('can be written by an exempt %s, and by no one else', async (_, values) => {
      await install(values);
      await waitUntil('the exemption to hold', async () => {
        const answer = tenant()('POST', SECRETS + DRY_RUN, secret('aws-iam-old', MANAGED));
        return (await statusOf(answer)) === 201 || undefined;
      });
      const metadata = { annotations: { [EXPIRES_AT_ANNOTATION]: '2020-01-01T00:00:00Z' } };
      const path = `${SECRETS}/aws-iam-app${DRY_RUN}`;
      expect(await statusOf(tenant()('PATCH', path, { metadata }, MERGE))).toBe(200);
      expect(await statusOf(cluster.admin('PATCH', path, { metadata }, MERGE))).toBe(403);
      expect(await cluster.admin('POST', SECRETS, secret('x', MANAGED))).toMatchObject(refused);
      await install();
      await waitUntil('the exemption to end', async () => {
        const answer = tenant()('POST', SECRETS + DRY_RUN, secret('aws-iam-old', MANAGED));
        return (await statusOf(answer)) === 403 || undefined;
      });
    });
  });

  it('has expressions that pass type checking', async () => {
    for (const { kind, metadata } of manifests) {
      if (kind !== 'ValidatingAdmissionPolicy') continue;
      const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${metadata.name}`;
      const status = await waitUntil('the policy to be checked', async () => {
        const { body } = await cluster.admin('GET', path);
        const { observedGeneration, typeChecking } = body['status'] as PolicyStatus;
        return observedGeneration === body.metadata['generation'] ? { typeChecking } : undefined;
      });
      expect(status.typeChecking).toEqual({});
    }
  });

  it('does not prevent the deletion of a namespace with managed Secrets', async () => {
    await cluster.admin('POST', '/api/v1/namespaces', { metadata: { name: 'leaving' } });
    const secrets = '/api/v1/namespaces/leaving/secrets';
    expect(await statusOf(refresher('POST', secrets, marked('aws-iam-app')))).toBe(201);
    await cluster.admin('DELETE', '/api/v1/namespaces/leaving');
    await waitUntil(
      'the namespace to be gone',
      async () =>
        (await statusOf(cluster.admin('GET', '/api/v1/namespaces/leaving'))) === 404 || undefined,
    );
    const left = await cluster.admin('GET', secrets);
    expect(left.body.items).toEqual([]);
  });

  /** Creates a managed Secret that a pod owns, and returns the pod's path. */
  const createOwned = async (secretName: string): Promise<string> => {
    const pods = '/api/v1/namespaces/team/pods';
    const spec = { containers: [{ name: 'app', image: 'app' }] };
    const pod = { metadata: { name: `owner-of-${secretName}` }, spec };
    const { name, uid } = (await cluster.admin('POST', pods, pod)).body.metadata;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name, uid }];
    expect(await statusOf(refresher('POST', SECRETS, marked(secretName)))).toBe(201);
    const owned = { metadata: { ownerReferences } };
    const path = `${SECRETS}/${secretName}`;
    expect(await statusOf(cluster.admin('PATCH', path, owned, MERGE))).toBe(200);
    return `${pods}/${name}`;
  };

  it('does not prevent garbage collection of managed Secrets', async () => {
    const owner = await createOwned('aws-iam-owned');
    await cluster.admin('DELETE', `${owner}?gracePeriodSeconds=0`);
    await waitUntil(
      'the Secret to be gone',
      async () =>
        (await statusOf(cluster.admin('GET', `${SECRETS}/aws-iam-owned`))) === 404 || undefined,
    );
  });

  it('does not prevent managed Secrets from being orphaned', async () => {
    const owner = await createOwned('aws-iam-orphan');
    await cluster.admin('DELETE', `${owner}?gracePeriodSeconds=0&propagationPolicy=Orphan`);
    await waitUntil('the Secret to have no owner', async () => {
      const { body } = await cluster.admin('GET', `${SECRETS}/aws-iam-orphan`);
      return body.metadata['ownerReferences'] === undefined || undefined;
    });
  });
});
