import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseLoginKubeconfig } from '../../../kubernetes/login/parse-kubeconfig.ts';
import type { StoredLogin } from '../../../kubernetes/login/stored-login.ts';
import { MovableClock } from '../../../local/clock.ts';
import { issueAuthority, issueClientCertificate } from '../../../local/kubernetes/certificates.ts';
import { startEmbeddedCluster } from '../../../local/kubernetes/embedded-cluster.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { type ChartCluster, chartCluster } from '../../support/chart/chart-cluster.ts';
import { renderChart } from '../../support/chart/helm.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';
import { type ListeningServer, listen } from '../../support/listen.ts';
import { kubeAwsIam } from '../../support/programs/command-line.ts';
import { execUser, kubeconfigFile } from '../../support/programs/kubeconfig.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SERVICE_ACCOUNT = 'system:serviceaccount:kube-aws-iam:kube-aws-iam-refresher';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kube-aws-iam-onprem-login';

/** A Secrets Manager that keeps what is put, or answers with an error. */
function secretsManager() {
  const stored: { id: string; value: string }[] = [];
  let failure: { readonly status: number; readonly type: string } | undefined;
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { SecretId: id, SecretString: value } = JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (failure === undefined) {
      stored.push({ id, value });
      response.end(JSON.stringify({ ARN: `${id}-AbCdEf`, VersionId: 'v' }));
    } else {
      response.statusCode = failure.status;
      response.end(JSON.stringify({ __type: failure.type, message: 'message of AWS' }));
    }
  });
  return {
    server,
    stored,
    fail(with_: typeof failure) {
      failure = with_;
    },
  };
}

describeChartOnRealCluster('connect, on a real cluster', () => {
  const aws = secretsManager();
  let endpoint: ListeningServer;
  let cluster: RealCluster;
  let chart: ChartCluster;

  beforeAll(async () => {
    const authority = await issueAuthority();
    const folder = temporaryFolder();
    const [cert, key] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
    writeFileSync(cert, authority.certificatePem);
    writeFileSync(key, authority.keyPem, { mode: 0o600 });
    endpoint = await listen(aws.server);
    cluster = await startRealCluster({
      controllers: true,
      apiServerFlags: {
        'client-ca-file': cert,
        'service-account-max-token-expiration': '336h',
        'service-account-extend-token-expiration': 'false',
      },
      controllerFlags: { 'cluster-signing-cert-file': cert, 'cluster-signing-key-file': key },
    });
    chart = chartCluster(cluster);
    await install({
      kind: 'ServiceAccount',
      namespace: 'kube-aws-iam',
      name: 'kube-aws-iam-refresher',
    });
  }, 120_000);
  afterAll(async () => {
    await chart.close();
    await cluster.stop();
    await endpoint.stop();
  });
  beforeEach(() => {
    aws.stored.length = 0;
    aws.fail(undefined);
  });

  async function install(subject: object, eventBus = 'kube-aws-iam-onprem'): Promise<void> {
    const values = {
      'forwarder.region': 'eu-central-1',
      'forwarder.eventBusName': eventBus,
      'refresher.subject': subject,
      'refresher.rotatesLogin': true,
      'forwarder.replicas': 0,
    };
    for (const manifest of await renderChart(values)) await chart.apply(manifest);
  }

  interface Shell {
    readonly kubernetes?: object;
    readonly settings?: object;
    readonly kubeconfig?: string;
  }

  function run(words: readonly string[], shell: Shell = {}) {
    const { url: server, caPem } = cluster;
    // The certificate of the server precedes that of its authority.
    const certificateAuthority = caPem.slice(caPem.lastIndexOf('-----BEGIN CERTIFICATE-----'));
    const { kubernetes = { login: 'serviceAccount' }, settings } = shell;
    const { login } = kubernetes as { readonly login: string };
    const address = login === 'kubeconfig' ? {} : { server, certificateAuthority };
    const onprem = {
      clusterName: 'onprem',
      account: '123456789012',
      region: 'eu-central-1',
      assumableRoles: ['app-*'],
      kind: 'kubernetes',
      kubernetes: { ...address, ...kubernetes },
    };
    return kubeAwsIam(['connect', ...words], {
      clusters: [settings ?? onprem],
      env: {
        KUBECONFIG: shell.kubeconfig ?? cluster.kubeconfigPath,
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${endpoint.port}`,
      },
    });
  }

  async function storedLogin(): Promise<StoredLogin> {
    const [{ id, value } = { id: '', value: '' }] = aws.stored;
    expect(id).toBe(SECRET);
    return parseLoginKubeconfig(value);
  }

  /** The user that a token or a certificate authenticates as. */
  async function whoIs(token: string): Promise<unknown> {
    const { body } = await chart.admin('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      spec: { token },
    });
    return body['status'];
  }

  it('requests, verifies and stores a token of the ServiceAccount, and reports its real expiry', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { address, user } = await storedLogin();
    expect(address).toBeUndefined();
    expect(user).toEqual({ token: expect.any(String), mayLackExpiry: false });
    if (!('token' in user)) throw new Error('no token');
    expect(stdout).not.toContain(user.token);
    expect(await whoIs(user.token)).toMatchObject({
      authenticated: true,
      user: { username: SERVICE_ACCOUNT },
    });
    const { exp } = JSON.parse(Buffer.from(user.token.split('.')[1] ?? '', 'base64url').toString());
    const expiry = `${new Date(exp * 1_000).toISOString().slice(0, 19)}Z`;
    // The API server allows 336 hours.
    expect(exp * 1_000 - Date.now()).toBeLessThan(336 * 3_600_000 + 60_000);
    expect(stdout.split('\n')).toEqual([
      'Cluster onprem (eu-central-1, account 123456789012): requesting a token of ServiceAccount kube-aws-iam/kube-aws-iam-refresher for 720 hours',
      expect.stringMatching(
        new RegExp(
          `^https://127\\.0\\.0\\.1:\\d+ \\(v1\\.\\d+\\.\\d+\\) accepts the login as ${SERVICE_ACCOUNT}, until ${expiry}$`,
        ),
      ),
      `stored in secret ${SECRET}`,
      'The API server issued it for less than the requested 720 hours.',
      expect.stringMatching(/^The functions replace it at half of its life/),
      expect.stringMatching(/^The functions use it from their next pass on/),
      'To verify: kube-aws-iam doctor --cluster onprem --region eu-central-1',
      '',
    ]);
  });

  it('can be repeated, with another life, and prints one JSON document without the token', async () => {
    await run([]);
    const { code, stdout } = await run(['--token-hours', '2', '--output', 'json']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toEqual({
      cluster: 'onprem',
      account: '123456789012',
      region: 'eu-central-1',
      login: 'serviceAccount',
      server: cluster.url,
      secretArn: SECRET,
      serverVersion: expect.stringMatching(/^v1\./),
      username: SERVICE_ACCOUNT,
      expiresAt: expect.any(String),
      isExpiringSoon: false,
    });
    const life = new Date(report.expiresAt).getTime() - Date.now();
    expect(life).toBeGreaterThan(1.9 * 3_600_000);
    expect(life).toBeLessThan(2.1 * 3_600_000);
    expect(aws.stored).toHaveLength(2);
    expect(aws.stored[1]?.value).not.toBe(aws.stored[0]?.value);
  });

  it.each([
    [{ login: 'clientCertificate' }, 'kube-aws-iam-refresher', ['kube-aws-iam:refreshers']],
    [
      { login: 'clientCertificate', subject: { kind: 'Group', name: 'aws, refreshers=x+y' } },
      'kube-aws-iam-refresher',
      ['aws, refreshers=x+y'],
    ],
    [
      { login: 'clientCertificate', subject: { kind: 'User', name: 'refresher@x' } },
      'refresher@x',
      [],
    ],
  ])('has the cluster sign a client certificate: %j', async (kubernetes, user, groups) => {
    const { code, stdout, stderr } = await run([], { kubernetes });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const login = await storedLogin();
    if (!('certificate' in login.user)) throw new Error('no certificate');
    const { subject } = new X509Certificate(login.user.certificate);
    const fields = subject.split('\n');
    expect(fields.find((field) => field.startsWith('CN='))).toBe(`CN=${user.replace(/,/g, '\\,')}`);
    expect(fields.filter((field) => field.startsWith('O='))).toHaveLength(groups.length);
    expect(stdout).toContain(`accepts the login as ${user}, until `);
    expect(stdout).toMatch(/\nNothing rotates it: run connect again before it expires\./);
    expect(stdout).not.toContain('PRIVATE KEY');
    const { url, caPem } = cluster;
    const certificate = {
      'client-certificate-data': Buffer.from(login.user.certificate).toString('base64'),
      'client-key-data': Buffer.from(login.user.key).toString('base64'),
    };
    // The certificate of one login is not accepted for another.
    const other = kubeconfigFile({ url, caPem, user: certificate });
    const refused = await run(['--from', other], {
      kubernetes: { login: 'clientCertificate', subject: { kind: 'User', name: 'somebody' } },
    });
    expect(refused.stderr).toMatch(
      /takes the login of .* for .*, but the chart grants permissions to user somebody/,
    );
  });

  it.each(['serviceAccount', 'clientCertificate'])(
    'requests no login of another cluster, which it would send to this one: %s',
    async (login) => {
      const group = { kind: 'Group', name: 'kube-aws-iam:refreshers' };
      const subject = {
        kind: 'ServiceAccount',
        namespace: 'kube-aws-iam',
        name: 'kube-aws-iam-refresher',
      };
      await install(subject, 'kube-aws-iam-other');
      const kubernetes = login === 'serviceAccount' ? { login } : { login, subject: group };
      const { code, stderr } = await run([], { kubernetes });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /context "local" was installed for another cluster than "onprem" in eu-central-1/,
      );
      expect(aws.stored).toEqual([]);
      await install(subject);
    },
  );

  it('stores a kubeconfig with its server', async () => {
    const { url, caPem } = cluster;
    const token = await tokenOf('kube-aws-iam-refresher');
    const file = kubeconfigFile({ url, caPem, user: { token } });
    const subject = {
      kind: 'ServiceAccount',
      namespace: 'kube-aws-iam',
      name: 'kube-aws-iam-refresher',
    };
    const { code, stdout, stderr } = await run(['--from', file], {
      kubernetes: { login: 'kubeconfig', subject },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`storing the login in ${file} for ServiceAccount`);
    expect(await storedLogin()).toEqual({
      address: { url, certificateAuthority: expect.stringContaining('BEGIN CERTIFICATE') },
      user: { token, mayLackExpiry: false },
    });
  });

  async function tokenOf(name: string): Promise<string> {
    const path = `/api/v1/namespaces/kube-aws-iam/serviceaccounts/${name}/token`;
    const { body } = await chart.admin('POST', path, { spec: { expirationSeconds: 3_600 } });
    return (body['status'] as { token: string }).token;
  }

  it('stores the token of a Secret, which does not expire, only when that is acknowledged', async () => {
    const created = await chart.admin('POST', '/api/v1/namespaces/kube-aws-iam/secrets', {
      metadata: {
        name: 'legacy-token',
        annotations: { 'kubernetes.io/service-account.name': 'kube-aws-iam-refresher' },
      },
      type: 'kubernetes.io/service-account-token',
    });
    expect(created.status).toBe(201);
    const token = await waitUntil('the token of the Secret', async () => {
      const { body } = await chart.admin(
        'GET',
        '/api/v1/namespaces/kube-aws-iam/secrets/legacy-token',
      );
      const data = body['data'] as { readonly token?: string } | undefined;
      return data?.token && Buffer.from(data.token, 'base64').toString();
    });
    const { url, caPem } = cluster;
    const file = kubeconfigFile({ url, caPem, user: { token } });
    const refused = await run(['--from', file]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /the token in .* has no expiry: .* add --allow-token-without-expiry\n$/,
    );
    expect(aws.stored).toEqual([]);
    const { code, stdout } = await run(['--from', file, '--allow-token-without-expiry']);
    expect(code).toBe(0);
    expect(stdout).toContain(`accepts the login as ${SERVICE_ACCOUNT}, without expiry\n`);
    expect(stdout).toContain('\nThe token does not expire, as you acknowledged');
    expect((await storedLogin()).user).toEqual({ token, mayLackExpiry: true });
  });

  it('prints the mapping of aws-iam-authenticator, and stores nothing', async () => {
    const kubernetes = { login: 'awsIamAuthenticator' };
    const { code, stdout, stderr } = await run([], { kubernetes, kubeconfig: '/nowhere' });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ {4}- roleARN: arn:aws:iam::123456789012:role\/kube-aws-iam-eu-central-1-onprem$/m,
    );
    expect(stdout).toMatch(/^kind: IAMIdentityMapping$/m);
    expect(stderr).toMatch(/must map that role to group kube-aws-iam:refreshers/);
    const json = JSON.parse((await run(['-o', 'json'], { kubernetes })).stdout);
    expect(json).toMatchObject({
      mapRoles: { username: 'kube-aws-iam-refresher', groups: ['kube-aws-iam:refreshers'] },
      iamIdentityMapping: { spec: { groups: ['kube-aws-iam:refreshers'] } },
    });
    expect(aws.stored).toEqual([]);
  });

  describe('refuses', () => {
    const EKS = {
      clusterName: 'onprem',
      account: '123456789012',
      region: 'eu-central-1',
      assumableRoles: ['app-*'],
    };

    it.each([
      [
        'an EKS cluster',
        { settings: EKS },
        [],
        /cluster "onprem" is an EKS cluster: its access entry admits/,
      ],
      [
        'a refresher in the cluster',
        { settings: { ...EKS, kind: 'kubernetes', runsIn: 'cluster' } },
        [],
        /runs in the cluster \(setting "runsIn"\).* needs no login; .*kube-aws-iam seed/,
      ],
      [
        'login kubeconfig without a file',
        { kubernetes: { login: 'kubeconfig' } },
        [],
        /use --from FILE/,
      ],
      [
        'a file that does not exist',
        {},
        ['--from', '/nowhere'],
        /kubeconfig \/nowhere cannot be read: /,
      ],
    ] as const)('%s', async (_, shell, words, message) => {
      const { code, stdout, stderr } = await run(words, shell);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
      expect(stdout).not.toContain('stored in');
      expect(aws.stored).toEqual([]);
    });

    it.each([
      [
        'an exec plugin',
        () => execUser('exit 1'),
        /cannot be used: user\.exec: the functions run no plugins; .* certificate\n$/,
      ],
      [
        'a token file',
        () => ({ tokenFile: '/token' }),
        /user\.tokenFile: the functions have no such file.*kubectl config view --minify/,
      ],
      [
        'a certificate file',
        () => ({ 'client-certificate': '/c' }),
        /client-certificate: .*kubectl config view --minify --flatten --raw/,
      ],
      ['nothing', () => ({}), /user has neither a token nor client-certificate-data/],
      [
        'impersonation',
        () => ({ token: 'x', as: 'admin' }),
        /user\.as: the functions impersonate nobody\n$/,
      ],
    ])('a file with %s', async (_, user, message) => {
      const { url, caPem } = cluster;
      const file = kubeconfigFile({ url, caPem, user: user() });
      const { code, stderr } = await run(['--from', file], { kubernetes: { login: 'kubeconfig' } });
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
      expect(aws.stored).toEqual([]);
    });

    it('a client certificate for login "serviceAccount"', async () => {
      const { certificatePem, keyPem } = await issueClientCertificate('jo', 'x');
      const { url, caPem } = cluster;
      const user = {
        'client-certificate-data': Buffer.from(certificatePem).toString('base64'),
        'client-key-data': Buffer.from(keyPem).toString('base64'),
      };
      const { stderr } = await run(['--from', kubeconfigFile({ url, caPem, user })]);
      expect(stderr).toMatch(
        /contains a client certificate, but the login of the cluster is "serviceAccount"/,
      );
    });

    it('a token of another ServiceAccount', async () => {
      const token = await tokenOf('default');
      const { url, caPem } = cluster;
      const { stderr } = await run(['--from', kubeconfigFile({ url, caPem, user: { token } })]);
      expect(stderr).toMatch(
        /takes the login of .* for system:serviceaccount:kube-aws-iam:default \(.*\), but the chart grants permissions to ServiceAccount kube-aws-iam\/kube-aws-iam-refresher/,
      );
      expect(aws.stored).toEqual([]);
    });

    it('the token of another cluster than that of the settings', async () => {
      const other = await startEmbeddedCluster({ clock: new MovableClock() });
      const kubernetes = {
        login: 'serviceAccount',
        server: other.url,
        certificateAuthority: other.caPem,
      };
      const { code, stderr } = await run([], { kubernetes });
      await other.stop();
      expect(code).toBe(1);
      expect(stderr).toMatch(/rejects the login of .* \(401\): it belongs to another cluster/);
      expect(aws.stored).toEqual([]);
    });

    it('a server with another certificate authority', async () => {
      const { certificatePem } = await issueAuthority();
      const kubernetes = { login: 'serviceAccount', certificateAuthority: certificatePem };
      const { stderr } = await run([], { kubernetes });
      expect(stderr).toMatch(
        /the certificate of the API server at .* cannot be verified: .*"kubernetes\.certificateAuthority" in cdk\.json/,
      );
      expect(aws.stored).toEqual([]);
    });

    it('a server that cannot be reached', async () => {
      const kubernetes = { login: 'serviceAccount', server: 'https://127.0.0.1:1' };
      const { stderr } = await run([], { kubernetes });
      expect(stderr).toMatch(
        /at https:\/\/127\.0\.0\.1:1 cannot be reached from here: .*setting "vpc"/,
      );
      expect(aws.stored).toEqual([]);
    });
  });

  it.each([
    ['ResourceNotFoundException', 400, /secret arn:.*-login does not exist: deploy the stack/],
    ['AccessDeniedException', 400, /missing permission secretsmanager:PutSecretValue on arn:/],
    ['ValidationException', 400, /\(ValidationException: message withheld, as it may contain/],
    ['InvalidParameterException', 400, /\(InvalidParameterException: message withheld/],
  ])('reports %s of Secrets Manager', async (type, status, message) => {
    aws.fail({ status, type });
    const { code, stderr } = await run([]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/eyJ/);
  });

  it.each([
    [['--token-hours', '0']],
    [['--token-hours', '1.5']],
    [['--allow-token-without-expiry']],
    [['--token-hours', '5', '--from', 'x']],
  ])('exits with 2 on a usage error: %j', async (words) => {
    expect((await run(words)).code).toBe(2);
  });
});
