import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../local/api-client.ts';
import { MovableClock } from '../../local/clock.ts';
import { authorizeByRules } from '../../local/kubernetes/access/authorization.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../local/kubernetes/embedded-cluster.ts';
import { awsIamRoles, HEADER, installAwsIamRoles } from '../support/awsiamrole-definition.ts';
import { iso, minutes } from '../support/builders.ts';
import { type CommandResult, kubeAwsIam } from '../support/command-line.ts';
import { documentedClusterRole } from '../support/documented-rights.ts';
import { kubeconfigFile } from '../support/kubeconfig.ts';

const ROLE = 'arn:aws:iam::123456789012:role/';
const PROD = {
  clusterName: 'prod',
  account: '123456789012',
  region: 'eu-central-1',
  assumableRoles: ['orders', 'search', 'mail', 'team/*'],
};
/** Who has the rights that the documentation names, and who has them less those on a resource, or on all. */
const LACKING: Readonly<Record<string, string | undefined>> = {
  viewer: undefined,
  half: 'pods',
  'without-awsiamroles': 'awsiamroles',
  'without-events': 'events',
  nothing: '*',
};

let cluster: EmbeddedCluster;
let admin: ApiClient;
beforeAll(async () => {
  const { rules } = documentedClusterRole();
  cluster = await startEmbeddedCluster({
    clock: new MovableClock(),
    authenticate: async (token) =>
      token in LACKING ? { username: token, groups: [token] } : undefined,
    authorize: authorizeByRules(
      Object.entries(LACKING).flatMap(([group, lacking]) =>
        rules.map(({ resources, ...rule }) => ({
          ...rule,
          group,
          resources: lacking === '*' ? [] : resources.filter((resource) => resource !== lacking),
        })),
      ),
    ),
  });
  admin = apiClient({ ...cluster, token: cluster.adminToken });
  await fill();
});
afterAll(async () => {
  await admin.close();
  await cluster.stop();
});

async function create(path: string, body: object): Promise<string> {
  const answer = await admin.send('POST', path, { body });
  expect(answer.body).toMatchObject({ metadata: { name: expect.any(String) } });
  return answer.body.metadata.uid;
}

const inNamespace = (namespace: string, plural: string) =>
  `/api/v1/namespaces/${namespace}/${plural}`;

function createPod(namespace: string, name: string, secrets: readonly string[], more: object = {}) {
  const volumeMounts = secrets.map((_, i) => ({ name: `v${i}`, mountPath: `/meta/${i}` }));
  return create(inNamespace(namespace, 'pods'), {
    metadata: { name, ...more },
    spec: {
      containers: [{ name: 'app', image: 'app', volumeMounts }],
      volumes: secrets.map((secretName, i) => ({ name: `v${i}`, secret: { secretName } })),
    },
  });
}

function createSecret(name: string, minutesLeft: number, annotations: object = {}) {
  return create(inNamespace('shop', 'secrets'), {
    metadata: {
      name,
      labels: { heritage: 'kube-aws-iam-controller' },
      annotations: {
        'kube-aws-iam/expires-at': iso(minutes(minutesLeft, new Date())),
        ...annotations,
      },
    },
    stringData: { credentials: 'SECRET-VALUE' },
  });
}

/** A namespace with what works and what does not, and one that allows nothing. */
async function fill(): Promise<void> {
  await installAwsIamRoles(admin);
  const annotations = {
    'iam.amazonaws.com/allowed-roles': '["orders", "search", "mail", "team/*"]',
  };
  await create('/api/v1/namespaces', { metadata: { name: 'shop', annotations } });
  await create('/api/v1/namespaces', { metadata: { name: 'bank' } });
  await create('/api/v1/namespaces', { metadata: { name: 'idle' } });
  await createPod('shop', 'web', ['aws-iam-orders']);
  const uid = await createPod('shop', 'search', ['aws-iam-search']);
  await createPod('shop', 'mailer', ['aws-iam-mail', 'aws-iam-Big\u001b[2J\u202e']);
  await createPod('bank', 'ledger', ['aws-iam-billing']);
  const asks = { annotations: { 'iam.amazonaws.com/role': 'orders' } };
  await createPod('shop', 'asks', [], asks);
  await createPod('shop', 'reporter', ['reports']);
  await createSecret('aws-iam-orders', 50);
  await createSecret('aws-iam-mail', 20);
  await createSecret('aws-iam-old', 50, {
    'kube-aws-iam/unused-since': iso(minutes(-12, new Date())),
  });
  await create(awsIamRoles('shop'), {
    ...HEADER,
    metadata: { name: 'reports' },
    spec: { roleReference: 'team/Reports' },
  });
  await createEvent(uid);
}

/** What the functions, and somebody who writes in their name, say of pod `search`. */
async function createEvent(uid: string): Promise<void> {
  const path = '/apis/events.k8s.io/v1/namespaces/shop/events';
  const event = (name: string, note: string, more: object = {}) => ({
    metadata: { name, namespace: 'shop' },
    eventTime: new Date().toISOString().replace('Z', '000Z'),
    reportingController: 'kube-aws-iam',
    reportingInstance: 'refresh@prod',
    action: 'IssueCredentials',
    reason: 'GetCredentialsFailed',
    type: 'Warning',
    note,
    regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'search', uid },
    ...more,
  });
  const denied = `Secret aws-iam-search: AccessDenied\u001b[31m\n\u009b31m. The role does not exist, or its trust policy does not name this account's refresher role`;
  await create(path, event('search.1', denied));
  await create(
    path,
    event('search.2', 'Secret aws-iam-search: of the kubelet', { reportingController: 'kubelet' }),
  );
}

interface As {
  readonly token?: string;
  readonly clusters?: readonly object[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command with the rights of the documentation. */
function run(
  words: string,
  { token = 'viewer', clusters = [PROD], env = {} }: As = {},
): Promise<CommandResult> {
  const { url, caPem } = cluster;
  const KUBECONFIG = kubeconfigFile({ url, caPem, user: { token }, namespace: 'shop' });
  return kubeAwsIam(words.split(' '), { clusters, env: { KUBECONFIG, ...env } });
}

/** All that is no character to look at, but for the end of a line. */
const UNPRINTABLE = /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u;

beforeEach(() => cluster.log.clear());
afterEach(() => {
  const methods = new Set(cluster.log.requests.map(({ method }) => method));
  expect(
    [...methods].filter((method) => method !== 'GET'),
    'nothing is written',
  ).toEqual([]);
});

describe('kube-aws-iam plan', () => {
  it('shows what a refresh would do, and why', async () => {
    const { code, stdout, stderr } = await run('plan');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ACTION {2}NAMESPACE {2}SECRET {2,}ROLE {2,}FOR {2,}EXPIRES {2,}WHY\n/);
    expect(stdout).toMatch(
      /^create {2}shop {7}aws-iam-search .* pod search .* it is wanted, and not there$/m,
    );
    expect(stdout).toMatch(/^create {2}shop {7}reports +team\/Reports {2,}AWSIAMRole reports/m);
    expect(stdout).toMatch(
      /^renew {3}shop {7}aws-iam-mail .* in \d+ min .*its renewal is due since/m,
    );
    expect(stdout).toMatch(
      /^refuse {2}bank {7}aws-iam-billing .*matches no pattern of the setting assumableRoles/m,
    );
    expect(stdout).not.toMatch(/^keep/m);
    expect(stdout).toMatch(/^aws-iam-Big\[2J {2}shop {7}mailer {2}no Secret can have this name/m);
    expect(stdout).toContain(
      'A refresh of cluster prod would now create 2, renew 1, refuse 1; it keeps 2 (listed with --all), and ignores 1 mount.',
    );
    expect(stdout).not.toMatch(UNPRINTABLE);
    expect(stdout).not.toContain('SECRET-VALUE');
  });

  it('shows a sweep, with all that stays', async () => {
    const { code, stdout } = await run('plan --pass sweep --all --cluster prod');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^keep .*aws-iam-old .*no pod has mounted it since/m);
    expect(cluster.log.requests.map(({ query }) => decodeURIComponent(query)).join()).toContain(
      'status.phase!=Succeeded',
    );
  });

  it('prints one JSON document with everything', async () => {
    const { code, stdout, stderr } = await run('plan -o json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(UNPRINTABLE);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      cluster: 'prod',
      context: 'test',
      configuration: 'cdk.json',
      pass: 'refresh',
      incomplete: [],
      counts: { create: 2, renew: 1, refuse: 1, keep: 2 },
      ignored: [
        { pod: 'mailer', secret: 'aws-iam-Big\u001b[2J\u202e', reason: 'impossible-secret-name' },
      ],
    });
    expect(report.items).toHaveLength(6);
    expect(report.items).toContainEqual({
      action: 'create',
      namespace: 'shop',
      secret: 'aws-iam-search',
      role: 'search',
      roleArn: `${ROLE}search`,
      pod: 'search',
      why: 'it is wanted, and not there',
    });
  });

  it('says what could not be read, and who lacks which right', async () => {
    const { code, stdout, stderr } = await run('plan', { token: 'half' });
    expect(code).toBe(1);
    expect(stdout).toContain('AWSIAMRole reports');
    expect(stdout).toMatch(/^Of what could be read, a refresh of cluster prod would now create 1/m);
    expect(stderr).toMatch(
      /^not all could be read: pods: you may not see this: .*User "half" cannot list resource "pods" in API group "" at the cluster scope.*docs\/command-line\.md/,
    );
    expect(stderr).not.toContain('kube-aws-iam:refreshers');
  });
});

describe('kube-aws-iam status', () => {
  it('lists every Secret, what needs attention first', async () => {
    const { code, stdout } = await run('status');
    expect(code).toBe(0);
    const states = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 3).join(' '));
    expect(states.slice(0, 7)).toEqual([
      'STATE NAMESPACE SECRET',
      'overdue shop aws-iam-mail',
      'refused bank aws-iam-billing',
      'missing shop aws-iam-search',
      'missing shop reports',
      'unused shop aws-iam-old',
      'ok shop aws-iam-orders',
    ]);
    expect(stdout).toContain('Cluster prod: 1 overdue, 1 refused, 2 missing, 1 unused, 1 ok.');
    expect(stdout).toMatch(/aws-iam-orders .* in \d+ min {2}pod web {2}/);
  });

  it('looks at one namespace with rights in that one', async () => {
    const { code, stdout } = await run('status --namespace bank -o json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      counts: { refused: 1, ok: 0 },
      secrets: [
        { state: 'refused', namespace: 'bank', roleArn: `${ROLE}billing`, pods: ['ledger'] },
      ],
    });
    const paths = cluster.log.requests.map(({ path }) => path);
    expect(paths.every((path) => path.includes('/namespaces/bank'))).toBe(true);
  });

  it('claims nothing of what could not be read', async () => {
    const { code, stdout, stderr } = await run('status', { token: 'nothing' });
    expect(code).toBe(1);
    expect(stdout).toBe('Cluster prod, of what could be read: nothing.\n');
    expect(stderr).toContain('cannot list resource "secrets"');
  });

  it.each([
    ['idle', 0, /^Namespace idle of cluster prod: no Secrets, and none are wanted\.\n$/],
    ['nosuch', 1, /^error: there is no namespace nosuch in the cluster of context "test"/],
  ])('says whether namespace %s is empty or not there', async (namespace, expected, message) => {
    const { code, stdout, stderr } = await run(`status -n ${namespace}`);
    expect(code).toBe(expected);
    expect(stdout + stderr).toMatch(message);
  });

  it('refuses a namespace that the product does not look at', async () => {
    const clusters = [{ ...PROD, excludedNamespaces: ['bank'] }];
    const { code, stderr } = await run('status -n bank', { clusters });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: cluster "prod" does not look at namespace "bank"/);
  });
});

describe('kube-aws-iam explain', () => {
  it('tells of a pod what STS said, and what to look at', async () => {
    const { code, stdout } = await run('explain pod search');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Pod shop\/search \(Pending\)\n\nSecret aws-iam-search: failing\n/);
    expect(stdout).toMatch(
      /^ {2}Event .*GetCredentialsFailed: AccessDenied\[31m 31m\. The role does not exist/m,
    );
    expect(stdout).toContain(
      'Next: compare the trust policy of the role with: kube-aws-iam trust-policy search --namespace shop',
    );
    expect(stdout).not.toContain('of the kubelet');
    expect(stdout).not.toMatch(UNPRINTABLE);
  });

  it.each([
    ['web', /Secret aws-iam-orders: given\n {2}mounted {3}volume v0 at app:\/meta\/0\n/],
    ['mailer', /does not get Secret aws-iam-Big\[2J: no Secret can have this name/],
    ['asks', /asks by annotation for role orders/],
    ['reporter', /Secret reports: waiting\n[\s\S]*role {6}.*role\/team\/Reports/],
  ])('tells of pod %s how it stands', async (name, expected) => {
    const { code, stdout } = await run(`explain pod ${name} -n shop`);
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });

  it('prints JSON, of an AWSIAMRole too', async () => {
    const { stdout } = await run('explain awsiamrole reports -o json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'reports',
      roleReference: 'team/Reports',
      secret: { outcome: 'waiting', guard: 'allowed', present: 'nobody', action: 'create' },
    });
  });

  it.each([
    ['pod sear', /^error: there is no pod sear in namespace shop: did you mean search\?/],
    ['pod we', /did you mean web\?/],
    [
      'pod ledger',
      /there is no pod ledger in namespace shop: nothing there has a similar name \(another namespace: -n NAME\)/,
    ],
    [
      'awsiamrole report',
      /there is no AWSIAMRole report in namespace shop: did you mean reports\?/,
    ],
  ])('of %s, which is not there, names what is near', async (what, message) => {
    const { code, stderr } = await run(`explain ${what}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('of a Secret that may be that of an AWSIAMRole does not say that nothing asks for it', async () => {
    const token = 'without-awsiamroles';
    const { code, stdout, stderr } = await run('explain pod reporter', { token });
    expect(code).toBe(1);
    expect(stdout).toContain('Pod shop/reporter may get Secret reports: what says whether');
    expect(stdout).not.toContain('asks for nothing');
    expect(stderr).toMatch(
      /^not all could be read: AWSIAMRoles: .*cannot get resource "awsiamroles"/,
    );
  });

  it.each([
    ['pod search', /may get Secret aws-iam-search: it is not there yet, and the Events/],
    ['pod web', /Secret aws-iam-orders: given/],
    ['awsiamrole reports', /may get Secret reports/],
  ])('of %s tells the rest where Events may not be read', async (what, expected) => {
    const { code, stdout, stderr } = await run(`explain ${what}`, { token: 'without-events' });
    expect(code).toBe(1);
    expect(stdout).toMatch(expected);
    expect(stderr).toMatch(/^not all could be read: Events: .*cannot list resource "events"/);
  });

  it('of a pod that one may not see names the right', async () => {
    const { code, stderr } = await run('explain pod web', { token: 'half' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: you may not see this: .*User "half" cannot get resource "pods"/,
    );
  });
});

describe('kube-aws-iam, whatever the command', () => {
  it.each([
    ['a command that there is not', 'polish', /unknown command 'polish'/],
    ['an option that there is not', 'plan --fast', /unknown option '--fast'/],
    ['a value that is not taken', 'plan --pass check', /Allowed choices are refresh, sweep/],
    ['a missing argument', 'explain pod', /missing required argument 'name'/],
    ['a path for a namespace', 'status -n a/b', /"a\/b" is no name of a namespace/],
    ['a pattern of namespaces', 'trust-policy -n team-*', /"team-\*" is no name of a namespace/],
    ['a path for a pod', 'explain pod ../secrets', /is no name of a Kubernetes object/],
    ['no command', '', /^Usage: kube-aws-iam/m],
  ])('exits with 2 and its usage for %s', async (_, words, message) => {
    const { code, stdout, stderr } = await kubeAwsIam(words.split(' ').filter(Boolean), {});
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toContain('Usage: kube-aws-iam');
  });

  it('takes an empty name for none', async () => {
    const { code, stderr } = await kubeAwsIam(['explain', 'pod', ''], {});
    expect(code).toBe(2);
    expect(stderr).toMatch(/"" is no name of a Kubernetes object\.\n\nUsage: kube-aws-iam/);
  });

  it.each(['plan', 'status', 'explain pod', 'explain awsiamrole', 'trust-policy', 'manifests'])(
    '%s --help says how, with examples',
    async (words) => {
      const { code, stdout } = await kubeAwsIam([...words.split(' '), '--help'], {});
      expect(code).toBe(0);
      expect(stdout).toContain('Examples:\n  kube-aws-iam');
    },
  );

  it('says what is missing where there is no cdk.json', async () => {
    const { code, stderr } = await kubeAwsIam(['plan'], {});
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: there is no cdk.json in .*: run this in the folder from which the stack is deployed/,
    );
  });

  describe('with --deployed', () => {
    let lambda: Server;
    const asked: string[] = [];
    beforeAll(async () => {
      lambda = createServer((request, response) => {
        asked.push(request.url ?? '');
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ Role: `${ROLE}refresher`, Environment: { Variables: DEPLOYED } }),
        );
      }).listen(0, '127.0.0.1');
      await once(lambda, 'listening');
    });
    afterAll(() => lambda.close());

    it('asks Lambda for the configuration, without a cdk.json', async () => {
      const { port } = lambda.address() as AddressInfo;
      const env = {
        AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_REGION: 'eu-central-1',
        KUBECONFIG: kubeconfigFile({ ...cluster, user: { token: 'viewer' } }),
      };
      const words = ['plan', '--deployed', '--cluster', 'prod', '-o', 'json'];
      const { code, stdout, stderr } = await kubeAwsIam(words, { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(asked).toEqual(['/2015-03-31/functions/kube-aws-iam-prod-refresh/configuration']);
      expect(JSON.parse(stdout)).toMatchObject({
        configuration: 'function kube-aws-iam-prod-refresh',
        counts: { create: 1 },
      });
    });

    it('needs to be told which cluster', async () => {
      const { code, stderr } = await kubeAwsIam(['plan', '--deployed'], {});
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: which cluster\? Name it with --cluster/);
    });
  });
});

/** Of a function that may assume one role only. */
const DEPLOYED = {
  CLUSTER_NAME: 'prod',
  BASE_ROLE_ARN: ROLE,
  ASSUMABLE_ROLES: JSON.stringify([`${ROLE}search`]),
  DENIED_ROLES: '[]',
  FORWARDER_ROLE_ARN: '',
  NAMESPACE_RESTRICTIONS: 'required',
  ALLOWED_ROLES_FORMAT: 'glob',
  NAMESPACES: '[]',
  EXCLUDED_NAMESPACES: '[]',
  SESSION_NAME: 'namespace',
  CLUSTER_ARN_TAG: '',
  EXTERNAL_ID: '',
  INTERMEDIATE_ROLE_ARN: '',
  REFRESH_BEFORE_SECONDS: '1800',
};
