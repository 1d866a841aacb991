import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../../local/api-client.ts';
import { MovableClock } from '../../../local/clock.ts';
import { authorizeByRules } from '../../../local/kubernetes/access/authorization.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../local/kubernetes/embedded-cluster.ts';
import { iso, minutes, ofConfiguredSession } from '../../support/builders/builders.ts';
import { FUNCTION_ENVIRONMENT } from '../../support/builders/function-environment.ts';
import {
  awsIamRoles,
  HEADER,
  installAwsIamRoles,
} from '../../support/chart/awsiamrole-definition.ts';
import { type CommandResult, kubeAwsIam } from '../../support/programs/command-line.ts';
import { documentedClusterRole } from '../../support/programs/documented-rights.ts';
import { kubeconfigFile } from '../../support/programs/kubeconfig.ts';

const ROLE = 'arn:aws:iam::123456789012:role/';
const PROD = {
  clusterName: 'prod',
  account: '123456789012',
  region: 'eu-central-1',
  assumableRoles: ['orders', 'search', 'mail', 'team/*'],
};
/** Users with the documented permissions, except those on a resource, or on all (`*`). */
const MISSING_RESOURCE: Readonly<Record<string, string | undefined>> = {
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
      token in MISSING_RESOURCE ? { username: token, groups: [token] } : undefined,
    authorize: authorizeByRules(
      Object.entries(MISSING_RESOURCE).flatMap(([group, missing]) =>
        rules.map(({ resources, ...rule }) => ({
          ...rule,
          group,
          resources: missing === '*' ? [] : resources.filter((resource) => resource !== missing),
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
  const response = await admin.send('POST', path, { body });
  expect(response.body).toMatchObject({ metadata: { name: expect.any(String) } });
  return response.body.metadata.uid;
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
        ...ofConfiguredSession(name, { clusterName: 'prod' }),
        ...annotations,
      },
    },
    stringData: { credentials: 'SECRET-VALUE' },
  });
}

/** Creates a namespace with Secrets in several states, one that allows no role, and an empty one. */
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
  const annotated = { annotations: { 'iam.amazonaws.com/role': 'orders' } };
  await createPod('shop', 'annotated', [], annotated);
  const denied = { annotations: { 'iam.amazonaws.com/role': 'Orders' } };
  await createPod('shop', 'capital', [], denied);
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

/** Creates an Event of the functions, and one of the kubelet, about pod `search`. */
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

interface RunOptions {
  readonly token?: string;
  readonly clusters?: readonly object[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command, by default with the documented permissions. */
function run(
  words: string,
  { token = 'viewer', clusters = [PROD], env = {} }: RunOptions = {},
): Promise<CommandResult> {
  const { url, caPem } = cluster;
  const KUBECONFIG = kubeconfigFile({ url, caPem, user: { token }, namespace: 'shop' });
  return kubeAwsIam(words.split(' '), { clusters, env: { KUBECONFIG, ...env } });
}

/** Unprintable characters other than line feeds. */
const UNPRINTABLE = /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u;

beforeEach(() => cluster.log.clear());
afterEach(() => {
  const methods = new Set(cluster.log.requests.map(({ method }) => method));
  expect(
    [...methods].filter((method) => method !== 'GET'),
    'only reads',
  ).toEqual([]);
});

describe('kube-aws-iam plan', () => {
  it('shows what a refresh would do, and why', async () => {
    const { code, stdout, stderr } = await run('plan');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ACTION {2}NAMESPACE {2}SECRET {2,}ROLE {2,}FOR {2,}EXPIRES {2,}WHY\n/);
    expect(stdout).toMatch(
      /^create {2}shop {7}aws-iam-search .* pod search .* it is requested and does not exist$/m,
    );
    expect(stdout).toMatch(/^create {2}shop {7}reports +team\/Reports {2,}AWSIAMRole reports/m);
    expect(stdout).toMatch(
      /^renew {3}shop {7}aws-iam-mail .* in \d+ min .*its renewal has been due since/m,
    );
    expect(stdout).toMatch(
      /^refuse {2}bank {7}aws-iam-billing .*matches no pattern of the setting assumableRoles/m,
    );
    expect(stdout).not.toMatch(/^keep/m);
    expect(stdout).toMatch(/^aws-iam-Big\[2J {2}shop {7}mailer {2}no Secret can have this name/m);
    expect(stdout).toContain(
      'Plan for the next refresh of cluster prod: 2 to create, 1 to renew, 1 to refuse, 2 to keep (list them with --all), 1 ignored.',
    );
    expect(stdout).not.toMatch(UNPRINTABLE);
    expect(stdout).not.toContain('SECRET-VALUE');
  });

  it('shows a sweep, with unchanged Secrets', async () => {
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
      why: 'it is requested and does not exist',
    });
  });

  it('reports what could not be read, with the user and the missing permission', async () => {
    const { code, stdout, stderr } = await run('plan', { token: 'half' });
    expect(code).toBe(1);
    expect(stdout).toContain('AWSIAMRole reports');
    expect(stdout).toMatch(/^Incomplete plan for the next refresh of cluster prod: 1 to create,/m);
    expect(stderr).toMatch(
      /^incomplete: pods: missing permission: .*User "half" cannot list resource "pods" in API group "" at the cluster scope.*docs\/command-line\.md/,
    );
    expect(stderr).not.toContain('must grant the refresher');
  });
});

describe('kube-aws-iam status', () => {
  it('lists every Secret, most urgent first', async () => {
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

  it('lists one namespace with permissions in that namespace only', async () => {
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

  it('marks the list as incomplete when nothing could be read', async () => {
    const { code, stdout, stderr } = await run('status', { token: 'nothing' });
    expect(code).toBe(1);
    expect(stdout).toBe('Cluster prod (incomplete): no Secrets exist and none are requested.\n');
    expect(stderr).toContain('cannot list resource "secrets"');
  });

  it.each([
    ['idle', 0, /^Namespace idle of cluster prod: no Secrets exist and none are requested\.\n$/],
    ['nosuch', 1, /^error: namespace "nosuch" does not exist in the cluster of context "test"/],
  ])(
    'distinguishes an empty namespace from a missing one: %s',
    async (namespace, expected, message) => {
      const { code, stdout, stderr } = await run(`status -n ${namespace}`);
      expect(code).toBe(expected);
      expect(stdout + stderr).toMatch(message);
    },
  );

  it('rejects a namespace that the settings exclude', async () => {
    const clusters = [{ ...PROD, excludedNamespaces: ['bank'] }];
    const { code, stderr } = await run('status -n bank', { clusters });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: kube-aws-iam manages no Secrets in namespace "bank" of cluster "prod"/,
    );
  });
});

describe('kube-aws-iam explain', () => {
  it('shows the last error of STS for a pod, and the next step', async () => {
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
    ['web', /Secret aws-iam-orders: given\n {2}mounted {4}volume v0 at app:\/meta\/0\n/],
    ['mailer', /does not get Secret aws-iam-Big\[2J: no Secret can have this name/],
    ['annotated', /is annotated with role orders.*\nNext: .*kubectl label namespace shop/],
    ['capital', /it would be rejected: .*create an AWSIAMRole\nNext: correct this before the pod/],
    ['reporter', /Secret reports: waiting\n[\s\S]*role {7}.*role\/team\/Reports/],
  ])('explains pod %s', async (name, expected) => {
    const { code, stdout } = await run(`explain pod ${name} -n shop`);
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });

  it('lists the pods of a namespace that injection would reject', async () => {
    const { code, stdout } = await run('explain namespace shop');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Namespace shop \(no label kube-aws-iam\/inject=enabled\)\n\nPOD/);
    expect(stdout).toMatch(/^annotated +orders +injected +aws-iam-orders$/m);
    expect(stdout).toMatch(/^capital +Orders +rejected +.*create an AWSIAMRole$/m);
    expect(stdout).toMatch(
      /^1 of 2 pods with the annotation would not start again with injection\.$/m,
    );
    expect(stdout).toMatch(/^Next: correct these before you label the namespace and restart/m);
    const { stdout: json } = await run('explain namespace shop -o json');
    expect(JSON.parse(json)).toMatchObject({
      ...{ namespace: 'shop', isInjected: false },
      pods: [
        { pod: 'annotated', result: 'injected', roleArn: `${ROLE}orders` },
        { pod: 'capital', result: 'rejected', annotation: 'Orders' },
      ],
    });
  });

  it.each([
    ['nowhere', /^error: namespace nowhere does not exist/],
    ['a/b', /"a\/b" is not a valid namespace name/],
  ])('reports that namespace %s cannot be explained', async (name, message) => {
    const { code, stderr } = await run(`explain namespace ${name}`);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  it('prints JSON for an AWSIAMRole', async () => {
    const { stdout } = await run('explain awsiamrole reports -o json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'reports',
      roleReference: 'team/Reports',
      secret: { outcome: 'waiting', guard: 'allowed', present: 'nobody', action: 'create' },
    });
  });

  it.each([
    ['pod sear', /^error: pod sear does not exist in namespace shop: did you mean search\?/],
    ['pod we', /did you mean web\?/],
    [
      'pod ledger',
      /pod ledger does not exist in namespace shop: no similar name\. Use -n NAME for another namespace\./,
    ],
    [
      'awsiamrole report',
      /AWSIAMRole report does not exist in namespace shop: did you mean reports\?/,
    ],
  ])('suggests similar names for %s, which does not exist', async (what, message) => {
    const { code, stderr } = await run(`explain ${what}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('does not call a Secret unrequested when AWSIAMRoles cannot be read', async () => {
    const token = 'without-awsiamroles';
    const { code, stdout, stderr } = await run('explain pod reporter', { token });
    expect(code).toBe(1);
    expect(stdout).toContain(
      'Pod shop/reporter may get Secret reports: whether it will be created is unknown',
    );
    expect(stdout).not.toContain('requests no credentials');
    expect(stderr).toMatch(/^incomplete: AWSIAMRoles: .*cannot get resource "awsiamroles"/);
  });

  it.each([
    ['pod search', /may get Secret aws-iam-search: it does not exist yet, and the Events/],
    ['pod web', /Secret aws-iam-orders: given/],
    ['awsiamrole reports', /may get Secret reports/],
  ])('explains %s without permission to read Events', async (what, expected) => {
    const { code, stdout, stderr } = await run(`explain ${what}`, { token: 'without-events' });
    expect(code).toBe(1);
    expect(stdout).toMatch(expected);
    expect(stderr).toMatch(/^incomplete: Events: .*cannot list resource "events"/);
  });

  it('names the missing permission for a pod that cannot be read', async () => {
    const { code, stderr } = await run('explain pod web', { token: 'half' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: missing permission: .*User "half" cannot get resource "pods"/);
  });
});

describe('every command', () => {
  it.each([
    ['an unknown command', 'polish', /unknown command 'polish'/],
    ['an unknown option', 'plan --fast', /unknown option '--fast'/],
    ['an invalid value', 'plan --pass check', /Allowed choices are refresh, sweep/],
    ['a missing argument', 'explain pod', /missing required argument 'name'/],
    ['a path for a namespace', 'status -n a/b', /"a\/b" is not a valid namespace name/],
    [
      'a pattern of namespaces',
      'trust-policy -n team-*',
      /"team-\*" is not a valid namespace name/,
    ],
    ['a path for a pod', 'explain pod ../secrets', /is not a valid object name/],
    ['no command', '', /^Usage: kube-aws-iam/m],
  ])('exits with 2 and its usage for %s', async (_, words, message) => {
    const { code, stdout, stderr } = await kubeAwsIam(words.split(' ').filter(Boolean), {});
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toContain('Usage: kube-aws-iam');
  });

  it('rejects an empty name', async () => {
    const { code, stderr } = await kubeAwsIam(['explain', 'pod', ''], {});
    expect(code).toBe(2);
    expect(stderr).toMatch(/"" is not a valid object name\.\n\nUsage: kube-aws-iam/);
  });

  it.each([
    'plan',
    'status',
    'explain pod',
    'explain awsiamrole',
    'explain namespace',
    'trust-policy',
    'manifests',
  ])('%s --help shows examples', async (words) => {
    const { code, stdout } = await kubeAwsIam([...words.split(' '), '--help'], {});
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:\n  kube-aws-iam');
  });

  it('reports a missing cdk.json', async () => {
    const { code, stderr } = await kubeAwsIam(['plan'], {});
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: no cdk.json in .*: run the command in the folder from which you deploy the stack/,
    );
  });

  describe('with --deployed', () => {
    let lambda: Server;
    const paths: string[] = [];
    beforeAll(async () => {
      lambda = createServer((request, response) => {
        paths.push(request.url ?? '');
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ Role: `${ROLE}refresher`, Environment: { Variables: DEPLOYED } }),
        );
      }).listen(0, '127.0.0.1');
      await once(lambda, 'listening');
    });
    afterAll(() => lambda.close());

    it('reads the configuration from Lambda, without a cdk.json', async () => {
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
      expect(paths).toEqual(['/2015-03-31/functions/kube-aws-iam-prod-refresh/configuration']);
      expect(JSON.parse(stdout)).toMatchObject({
        configuration: 'function kube-aws-iam-prod-refresh',
        counts: { create: 1 },
      });
    });

    it('needs --cluster', async () => {
      const { code, stderr } = await kubeAwsIam(['plan', '--deployed'], {});
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: no cluster: use --cluster/);
    });
  });
});

/** The environment of a function that may assume one role only. */
const DEPLOYED = {
  ...FUNCTION_ENVIRONMENT,
  BASE_ROLE_ARN: ROLE,
  ASSUMABLE_ROLES: JSON.stringify([`${ROLE}search`]),
};

describe('the sources of the CLI', () => {
  it.each([
    ['help', ['status', '--help'], 0],
    ['a usage error', ['status', '--no-such-option'], 2],
    ['a policy', ['trust-policy', 'orders'], 0],
  ])('give the same output as the bundle that other tests run: %s', async (_, words, code) => {
    const fromSource = await kubeAwsIam(words, { clusters: [PROD], fromSource: true });
    expect(fromSource.code).toBe(code);
    expect(fromSource).toEqual(await kubeAwsIam(words, { clusters: [PROD] }));
  });
});
