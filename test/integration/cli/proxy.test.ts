import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { operatorCredentials } from '../../../local/installation/operator.ts';
import { issueServerCertificate } from '../../../local/kubernetes/certificates.ts';
import { freePort } from '../../../local/real-cluster/free-port.ts';
import { layerBinary } from '../../../tools/helm/layer-binary.ts';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';
import { ACCOUNT, CLUSTER_NAME, REGION } from '../../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../../support/deployment/embedded-deployment.ts';
import { listen } from '../../support/listen.ts';
import { kubeAwsIam } from '../../support/programs/command-line.ts';
import { type ConnectProxy, startConnectProxy } from '../../support/programs/connect-proxy.ts';
import { kubeconfigFile } from '../../support/programs/kubeconfig.ts';
import { PROXY_CASES } from '../../support/proxy-cases.ts';
import { HELM, requires } from '../../support/requirements.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SETTINGS = { clusterName: CLUSTER_NAME, region: REGION, assumableRoles: ['app-*'] };
const AWS_NAMES = ['amazonaws.com', `${REGION}.amazonaws.com`, `sso.${REGION}.amazonaws.com`];

/** AWS and a cluster at their own names, which only the proxy can resolve. */
let deployment: EmbeddedDeployment;
let proxy: ConnectProxy;
/** The certificate authority of AWS. */
let authority: string;
let wrongAuthority: string;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  deployment = await deployEmbedded();
  const { sts, eks, lambda, scheduler } = deployment.cloud;
  const sso = await startSso();
  const servers: Readonly<Record<string, string>> = {
    [`sts.${REGION}.amazonaws.com`]: sts.url,
    [`eks.${REGION}.amazonaws.com`]: eks.url,
    [`lambda.${REGION}.amazonaws.com`]: lambda.url,
    [`scheduler.${REGION}.amazonaws.com`]: scheduler.url,
    [`portal.sso.${REGION}.amazonaws.com`]: sso,
  };
  const names = AWS_NAMES.map((name) => `*.${name}`);
  const issued = await issueServerCertificate({}, names);
  authority = issued.caPem;
  wrongAuthority = (await issueServerCertificate()).caPem;
  // Ends TLS as AWS does.
  const terminator = createTlsServer({ cert: issued.certificatePem, key: issued.keyPem }, (end) => {
    const { port } = new URL(servers[String(end.servername)] ?? 'http://127.0.0.1:1');
    const upstream = connect(Number(port), '127.0.0.1');
    end.pipe(upstream).pipe(end);
    for (const one of [end, upstream]) one.on('error', () => upstream.destroy());
  });
  const { port: tlsPort, stop } = await listen(terminator);
  proxy = await startConnectProxy(({ hostname, port }) =>
    hostname in servers ? { port: tlsPort } : { port: Number(port) },
  );
  stops.push(stop);
});
afterAll(async () => {
  await proxy.stop();
  for (const stop of stops) await stop();
  await deployment.stop();
});
beforeEach(() => proxy.clear());

/** IAM Identity Center, which exchanges an access token for the credentials of an operator. */
async function startSso(): Promise<string> {
  const server = createServer((_, response) => {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials();
    const roleCredentials = {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiration: Date.now() + 3_600_000,
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ roleCredentials }));
  });
  const { port, stop } = await listen(server);
  stops.push(stop);
  return `http://127.0.0.1:${port}`;
}

let operators = 0;
function credentials() {
  operators += 1;
  return operatorCredentials(deployment.cloud, `behind-a-proxy-${operators}`, [{ actions: ['*'] }]);
}

/** Runs a command as an operator behind the proxy. */
async function run(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials();
  const ca = join(temporaryFolder(), 'ca.pem');
  writeFileSync(ca, authority);
  const { url, caPem, adminToken: token } = deployment.cluster;
  const server = url.replace('127.0.0.1', 'cluster.invalid');
  const kubeconfig = { url: server, caPem, user: { token } };
  const result = await kubeAwsIam(words, {
    clusters: [SETTINGS],
    env: {
      // Not the region of the stack, which cdk.json sets.
      AWS_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      KUBECONFIG: kubeconfigFile({ ...kubeconfig, cluster: { 'tls-server-name': 'localhost' } }),
      HTTPS_PROXY: `http://${proxy.host}`,
      NODE_EXTRA_CA_CERTS: ca,
      ...variables,
    },
  });
  const hosts = proxy.tunnels.map(({ target }) =>
    target.replace(/^cluster\.invalid:.*/, 'cluster'),
  );
  return { ...result, hosts: [...new Set(hosts)].toSorted() };
}

const at = (...services: readonly string[]) =>
  services.map((service) =>
    service === 'cluster' ? service : `${service}.${REGION}.amazonaws.com:443`,
  );

describe('behind a proxy', () => {
  it.each([
    [
      ['pause', '--yes'],
      ['cluster', 'lambda', 'sts'],
    ],
    [['resume'], ['lambda', 'sts']],
    [
      ['renew', '--role', 'app-orders'],
      ['lambda', 'sts'],
    ],
    [
      ['status', '--deployed', '--cluster', CLUSTER_NAME],
      ['cluster', 'lambda'],
    ],
    [['plan'], ['cluster', 'sts']],
    [['trust-policy'], ['sts']],
  ])('%j goes through it', async (words, services) => {
    const { code, stderr, hosts } = await run(words);
    expect({ code, stderr, hosts }).toEqual({ code: 0, stderr: '', hosts: at(...services) });
  });

  it('doctor reads AWS and the cluster through it', async () => {
    const { stdout, hosts } = await run(['doctor']);
    expect(stdout).toMatch(/^ok +AWS identity/m);
    expect(stdout).toMatch(/^ok +refresh: schedule/m);
    expect(hosts).toEqual(at('cluster', 'eks', 'lambda', 'scheduler', 'sts'));
  });

  it('resume works with https_proxy without a scheme', async () => {
    const { code, hosts } = await run(['resume'], { HTTPS_PROXY: '', https_proxy: proxy.host });
    expect({ code, hosts }).toEqual({ code: 0, hosts: at('lambda', 'sts') });
  });

  it('NO_PROXY excludes AWS', async () => {
    const { code, stderr, hosts } = await run(['resume'], { NO_PROXY: '.amazonaws.com' });
    expect({ code, hosts }).toEqual({ code: 1, hosts: [] });
    expect(stderr).not.toContain(proxy.host);
  });

  it('credentials of a profile are obtained through it, by AssumeRole', async () => {
    const source = credentials();
    const arn = `arn:aws:iam::${ACCOUNT}:role/assumed-by-profile`;
    deployment.cloud.sts.addRole({
      arn,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' },
      },
    });
    const folder = profileFolder(
      `[profile ops]\nrole_arn = ${arn}\nsource_profile = base\nregion = ${REGION}\n`,
      `[base]\naws_access_key_id = ${source.accessKeyId}\naws_secret_access_key = ${source.secretAccessKey}\naws_session_token = ${source.sessionToken}\n`,
    );
    const { code, stdout, hosts } = await run(['doctor'], profile(folder));
    expect(stdout).toMatch(
      /^ok +AWS identity +arn:aws:sts::\d+:assumed-role\/assumed-by-profile\//m,
    );
    expect({ code, hosts }).toMatchObject({ code: 1, hosts: expect.arrayContaining(at('sts')) });
  });

  it('credentials of a profile are obtained through it, from IAM Identity Center', async () => {
    const folder = profileFolder(
      `[profile ops]\nsso_session = corp\nsso_account_id = ${ACCOUNT}\nsso_role_name = ops\nregion = ${REGION}\n` +
        `[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = ${REGION}\n`,
    );
    const cache = join(folder, '.aws/sso/cache');
    mkdirSync(cache, { recursive: true });
    const token = { accessToken: 'T', expiresAt: new Date(Date.now() + 7_200_000).toISOString() };
    const name = createHash('sha1').update('corp').digest('hex');
    writeFileSync(join(cache, `${name}.json`), JSON.stringify(token));
    const { code, stderr, hosts } = await run(['resume'], profile(folder));
    expect({ code, stderr, hosts }).toEqual({
      code: 0,
      stderr: '',
      hosts: at('lambda', 'portal.sso', 'sts'),
    });
  });

  it.each([
    [
      'socks4://jo:SECRET@proxy.invalid',
      /error: .*HTTPS_PROXY is "socks4:\/\/proxy\.invalid", which/,
    ],
    ['http://', /error: .*HTTPS_PROXY is "http:\/\/", which is not the URL of a proxy: use http:/],
  ])('an unusable one is named: %s', async (value, message) => {
    const { code, stderr } = await run(['pause', '--yes'], { HTTPS_PROXY: value });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('SECRET');
  });

  it('doctor reports an unusable one for AWS and for the cluster, and goes on', async () => {
    const { code, stdout } = await run(['doctor'], {
      HTTPS_PROXY: 'socks4://jo:SECRET@proxy.invalid',
    });
    expect(code).toBe(1);
    const message = 'HTTPS_PROXY is "socks4://proxy.invalid", which is not the URL of a proxy';
    expect(stdout.split(message).length).toBeGreaterThan(2);
    expect(stdout).not.toContain('SECRET');
  });

  it('one that does not answer is named, without its password', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const { code, stderr } = await run(
      ['pause', '--yes', '--cluster', 'test', '--region', REGION],
      {
        HTTPS_PROXY: `http://jo:SECRET@${host}`,
      },
    );
    expect(code).toBe(1);
    expect(stderr).toContain(`The connection uses the proxy http://${host} (HTTPS_PROXY).`);
    expect(stderr).not.toContain('SECRET');
  });

  it('one that refuses is named, with its status', async () => {
    const refusing = await startConnectProxy(() => ({ refuse: 407 }));
    const { code, stderr } = await run(['trust-policy'], { HTTPS_PROXY: refusing.host });
    await refusing.stop();
    expect(code).toBe(1);
    expect(stderr).toMatch(/407.*The connection uses the proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\)\./);
  });

  it('the certificate of AWS is verified, whatever NODE_TLS_REJECT_UNAUTHORIZED is', async () => {
    const ca = join(temporaryFolder(), 'other.pem');
    writeFileSync(ca, wrongAuthority);
    const { code, stderr } = await run(['trust-policy'], {
      NODE_EXTRA_CA_CERTS: ca,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /certificate.*one of the proxy, exclude .* NO_PROXY, or set NODE_EXTRA_CA_CERTS/,
    );
  });
});

function profileFolder(config: string, keys = ''): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'config'), config);
  writeFileSync(join(folder, 'credentials'), keys);
  return folder;
}

/** Variables of a shell without access keys that uses the profile `ops`. */
function profile(folder: string): Readonly<Record<string, string>> {
  return {
    HOME: folder,
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_PROFILE: 'ops',
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_SESSION_TOKEN: '',
  };
}

describe('kubectl', { ...requires(HELM), concurrent: true }, () => {
  // test/unit/bin/proxy/proxy.test.ts checks the cases for kube-aws-iam.
  it.each(PROXY_CASES)('agrees about $server with NO_PROXY=$noProxy', async (one) => {
    const closed = await startConnectProxy(() => ({ refuse: 502 }));
    const kubeconfig = kubeconfigFile({ url: one.server, user: { token: 'T' } });
    const words = [
      '--kubeconfig',
      kubeconfig,
      '--request-timeout',
      '1s',
      'get',
      '--raw',
      '/version',
    ];
    const env = { HOME: temporaryFolder(), HTTPS_PROXY: closed.host, NO_PROXY: one.noProxy };
    await expect(runToEnd(await layerBinary('kubectl'), words, { env })).rejects.toThrow();
    await closed.stop();
    expect(closed.tunnels.length > 0).toBe(one.isProxied);
  });
});
