import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../local/api-client.ts';
import {
  type IssuedCertificate,
  issueClientCertificate,
} from '../../local/kubernetes/certificates.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { iso, minutes, ofConfiguredSession } from '../support/builders/builders.ts';
import { awsIamRoles, HEADER, installAwsIamRoles } from '../support/chart/awsiamrole-definition.ts';
import { describeRealCluster } from '../support/describe-real-cluster.ts';
import { kubeAwsIam } from '../support/programs/command-line.ts';
import { documentedClusterRole } from '../support/programs/documented-rights.ts';
import { execUser, kubeconfigFile, printsCredential } from '../support/programs/kubeconfig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROD = {
  clusterName: 'prod',
  account: '123456789012',
  region: 'eu-central-1',
  assumableRoles: ['orders', 'search', 'team/*'],
};
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

describeRealCluster('the CLI on a real cluster', () => {
  let cluster: RealCluster;
  let admin: ApiClient;
  let certificate: IssuedCertificate;

  beforeAll(async () => {
    certificate = await issueClientCertificate('jo', 'viewers');
    const clientCa = join(temporaryFolder(), 'client-ca.crt');
    writeFileSync(clientCa, certificate.caPem);
    cluster = await startRealCluster({
      authenticate: async (token) =>
        token === 'viewer' || token === 'tenant'
          ? { username: 'jo', groups: [`${token}s`] }
          : undefined,
      apiServerFlags: { 'client-ca-file': clientCa },
    });
    admin = apiClient({ ...cluster, token: cluster.adminToken });
    await fill();
  });
  afterAll(async () => {
    await admin.close();
    await cluster.stop();
  });

  async function create(path: string, body: object): Promise<string> {
    const response = await admin.send('POST', path, { body });
    expect(response.body).toMatchObject({ metadata: { uid: expect.any(String) } });
    return response.body.metadata.uid;
  }

  async function fill(): Promise<void> {
    await installAwsIamRoles(admin);
    await create(`${RBAC}/clusterroles`, documentedClusterRole());
    await createBinding('clusterrolebindings', 'viewers');
    const annotations = { 'iam.amazonaws.com/allowed-roles': '["orders", "search", "team/*"]' };
    await create('/api/v1/namespaces', { metadata: { name: 'shop', annotations } });
    await createBinding('namespaces/shop/rolebindings', 'tenants');
    const uid = await createPod('search', 'aws-iam-search');
    await createPod('web', 'aws-iam-orders');
    await create('/api/v1/namespaces/shop/secrets', {
      metadata: {
        name: 'aws-iam-orders',
        labels: { heritage: 'kube-aws-iam-controller' },
        annotations: {
          ...ofConfiguredSession('aws-iam-orders', PROD),
          'kube-aws-iam/expires-at': iso(minutes(50, new Date())),
        },
      },
    });
    await create(awsIamRoles('shop'), {
      ...HEADER,
      metadata: { name: 'reports' },
      spec: { roleReference: 'team/Reports' },
    });
    await create('/apis/events.k8s.io/v1/namespaces/shop/events', {
      metadata: { name: 'search.1', namespace: 'shop' },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      reportingController: 'kube-aws-iam',
      reportingInstance: 'refresh@prod',
      action: 'IssueCredentials',
      reason: 'GetCredentialsFailed',
      type: 'Warning',
      note: 'Secret aws-iam-search: AccessDenied',
      regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'search', uid },
    });
  }

  function createBinding(list: string, group: string): Promise<string> {
    const apiGroup = 'rbac.authorization.k8s.io';
    return create(`${RBAC}/${list}`, {
      metadata: { name: group },
      roleRef: { kind: 'ClusterRole', name: 'kube-aws-iam-viewer', apiGroup },
      subjects: [{ kind: 'Group', name: group, apiGroup }],
    });
  }

  function createPod(name: string, secretName: string): Promise<string> {
    return create('/api/v1/namespaces/shop/pods', {
      metadata: { name },
      spec: {
        containers: [
          { name: 'app', image: 'app', volumeMounts: [{ name: 'v', mountPath: '/meta' }] },
        ],
        volumes: [{ name: 'v', secret: { secretName } }],
      },
    });
  }

  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const users = {
    token: () => ({ token: 'viewer' }),
    'client certificate': () => ({
      'client-certificate-data': base64(certificate.certificatePem),
      'client-key-data': base64(certificate.keyPem),
    }),
    'plugin that prints a token': () => execUser(printsCredential({ token: 'viewer' })),
    'plugin that prints a certificate': () =>
      execUser(
        printsCredential({
          clientCertificateData: certificate.certificatePem,
          clientKeyData: certificate.keyPem,
        }),
      ),
  };

  function run(words: string, user: object = users.token()) {
    const { url, caPem } = cluster;
    const KUBECONFIG = kubeconfigFile({ url, caPem, user, namespace: 'shop' });
    return kubeAwsIam(words.split(' '), { clusters: [PROD], env: { KUBECONFIG } });
  }

  it.each(Object.entries(users))(
    'authenticates with a %s, with the documented permissions',
    async (_, user) => {
      const { code, stdout, stderr } = await run('plan -o json', user());
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout).counts).toMatchObject({ create: 2, keep: 1 });
    },
  );

  it('reports rejected credentials', async () => {
    const { code, stderr } = await run('plan', { token: 'nobody' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: the cluster at .* does not accept the credentials of context "test"/,
    );
  });

  it('lists Secrets and their state', async () => {
    const { code, stdout } = await run('status -o json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).secrets).toMatchObject([
      { state: 'missing', secret: 'aws-iam-search' },
      { state: 'missing', secret: 'reports', awsIamRole: 'reports' },
      { state: 'ok', secret: 'aws-iam-orders', pods: ['web'] },
    ]);
  });

  it.each(['status --namespace shop -o json', 'explain pod search -n shop -o json'])(
    '%s needs permissions in the namespace only',
    async (words) => {
      const { code, stderr } = await run(words, { token: 'tenant' });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  it('names the missing permissions', async () => {
    const { code, stderr } = await run('status', { token: 'tenant' });
    expect(code).toBe(1);
    for (const resource of ['pods', 'namespaces', 'secrets', 'awsiamroles']) {
      expect(stderr).toContain(`User "jo" cannot list resource "${resource}"`);
    }
  });

  it('finds the Events of a pod, and similar names', async () => {
    const { code, stdout } = await run('explain pod search -o json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      phase: 'Pending',
      secrets: [{ outcome: 'failing', events: [{ note: 'AccessDenied', count: 1 }] }],
    });
    expect((await run('explain pod sear')).stderr).toMatch(/did you mean search\?/);
    expect((await run('explain awsiamrole reports')).stdout).toMatch(/^Secret reports: waiting$/m);
  });
});
