import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { dump } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseLoginKubeconfig } from '../../../../kubernetes/login/parse-kubeconfig.ts';
import { formatLoginKubeconfig } from '../../../../kubernetes/login/stored-login.ts';
import {
  type IssuedCertificate,
  issueClientCertificate,
} from '../../../../local/kubernetes/certificates.ts';

const TOKEN = 'very-secret-token';

let issued: IssuedCertificate;
let other: IssuedCertificate;
beforeAll(async () => {
  [issued, other] = await Promise.all([
    issueClientCertificate('robot', 'robots'),
    issueClientCertificate('robot', 'robots'),
  ]);
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly file?: object;
}

/** A kubeconfig with fields that replace those of a valid one. */
function kubeconfig({ cluster, user, file }: Parts = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'unused', cluster: { server: 'http://other', 'insecure-skip-tls-verify': true } },
      {
        name: 'blue',
        cluster: cluster ?? {
          server: 'https://10.0.0.10:6443',
          'certificate-authority-data': base64(issued.caPem),
        },
      },
    ],
    users: [
      { name: 'unused', user: { exec: { command: 'aws' } } },
      { name: 'robot', user: user ?? { token: TOKEN } },
    ],
    contexts: [{ name: 'robot@blue', context: { cluster: 'blue', user: 'robot', namespace: 'x' } }],
    'current-context': 'robot@blue',
    preferences: {},
    ...file,
  };
}

const certificateUser = () => ({
  'client-certificate-data': base64(issued.certificatePem),
  'client-key-data': base64(issued.keyPem),
});

const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256;

describe('a kubeconfig', () => {
  it.each([
    ['JSON', (value: object) => JSON.stringify(value)],
    ['YAML', (value: object) => dump(value)],
    ['YAML with a comment and a document marker', (value: object) => `# a\n---\n${dump(value)}`],
  ])('in %s has the address and the token of its current context', async (_, format) => {
    const { address, user } = await parseLoginKubeconfig(format(kubeconfig()));
    expect(user).toEqual({ token: TOKEN, mayLackExpiry: false });
    expect(address?.url).toBe('https://10.0.0.10:6443');
    expect(fingerprint(address?.certificateAuthority ?? '')).toBe(fingerprint(issued.caPem));
  });

  it('has a client certificate, with the authorities that follow it', async () => {
    const user = {
      ...certificateUser(),
      'client-certificate-data': base64(`${issued.certificatePem}\n${issued.caPem}`),
    };
    const login = await parseLoginKubeconfig(JSON.stringify(kubeconfig({ user })));
    if (!('certificate' in login.user)) return expect.fail('it is no certificate');
    expect(fingerprint(login.user.certificate)).toBe(fingerprint(issued.certificatePem));
    expect(login.user.certificate.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(login.user.key).toBe(issued.keyPem);
  });

  it.each([
    ['no cluster', { file: { contexts: [{ name: 'robot@blue', context: { user: 'robot' } }] } }],
    ['an empty cluster', { cluster: {} }],
  ])('with %s has no address', async (_, parts) => {
    const login = await parseLoginKubeconfig(JSON.stringify(kubeconfig(parts)));
    expect(login).toEqual({ user: { token: TOKEN, mayLackExpiry: false } });
  });

  it('ignores empty fields, as kubectl does', async () => {
    const user = { token: TOKEN, exec: null, username: '', 'client-key': '' };
    const cluster = {
      server: 'https://r.example/k8s/clusters/c1',
      'certificate-authority-data': base64(issued.caPem),
      'insecure-skip-tls-verify': false,
      'disable-compression': true,
      extensions: [{ name: 'x', extension: {} }],
    };
    const { address } = await parseLoginKubeconfig(JSON.stringify(kubeconfig({ user, cluster })));
    expect(address?.url).toBe('https://r.example/k8s/clusters/c1');
  });

  it('that is formatted is parsed to the same login', async () => {
    const address = { url: 'https://a.example', certificateAuthority: issued.caPem };
    const certificate = { certificate: issued.certificatePem, key: issued.keyPem };
    for (const login of [
      { user: { token: TOKEN, mayLackExpiry: false } },
      { user: { token: TOKEN, mayLackExpiry: true }, address },
      { user: certificate, address },
    ]) {
      const parsed = await parseLoginKubeconfig(formatLoginKubeconfig(login));
      const trimmed = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll('\\n"', '"'));
      expect(trimmed(parsed)).toEqual(trimmed(login));
    }
  });

  const BAD: readonly (readonly [string, RegExp, () => object | string])[] = [
    ['empty text', /neither JSON nor YAML/, () => ''],
    ['a token alone', /not a kubeconfig/, () => TOKEN],
    ['a list', /not a kubeconfig/, () => JSON.stringify([kubeconfig()])],
    ['broken JSON', /neither JSON nor YAML.*line/, () => `{"users": [{"token": "${TOKEN}"`],
    ['broken YAML', /neither JSON nor YAML \(line 2\)/, () => `a: 1\n: - ${TOKEN}: [`],
    ['two documents', /neither JSON nor YAML/, () => `a: 1\n---\ntoken: ${TOKEN}`],
    ['a tag of a programming language', /neither JSON nor YAML/, () => `!!js/function '${TOKEN}'`],
    [
      'no current context',
      /current-context is missing/,
      () => kubeconfig({ file: { 'current-context': '' } }),
    ],
    [
      'a current context that is a number',
      /kubeconfig\.current-context is not a text/,
      () => kubeconfig({ file: { 'current-context': 1 } }),
    ],
    [
      'an unknown current context',
      /contexts has no entry/,
      () => kubeconfig({ file: { 'current-context': 'x' } }),
    ],
    ['no contexts', /contexts has no entry/, () => kubeconfig({ file: { contexts: null } })],
    [
      'a repeated context',
      /contexts has 2 entries/,
      () => kubeconfig({ file: { contexts: Array(2).fill({ name: 'robot@blue', context: {} }) } }),
    ],
    ['an unknown cluster', /clusters has no entry/, () => kubeconfig({ file: { clusters: [] } })],
    ['no users', /users has no entry/, () => kubeconfig({ file: { users: undefined } })],
    [
      'a context without user',
      /context\.user is missing/,
      () =>
        kubeconfig({ file: { contexts: [{ name: 'robot@blue', context: { cluster: 'blue' } }] } }),
    ],
    [
      'a user that is a text',
      /user is not an object/,
      () => kubeconfig({ file: { users: [{ name: 'robot', user: TOKEN }] } }),
    ],
    ['an empty user', /neither a token nor/, () => kubeconfig({ user: {} })],
    [
      'a plugin',
      /user\.exec: the functions run no plugins/,
      () => kubeconfig({ user: { exec: { command: 'aws' } } }),
    ],
    [
      'a plugin next to a token',
      /user\.exec/,
      () => kubeconfig({ user: { token: TOKEN, exec: { command: 'aws' } } }),
    ],
    [
      'an auth provider',
      /user\.auth-provider/,
      () => kubeconfig({ user: { 'auth-provider': { name: 'oidc' } } }),
    ],
    [
      'a token file',
      /user\.tokenFile: .*no such file/,
      () => kubeconfig({ user: { tokenFile: '/var/run/token' } }),
    ],
    [
      'a certificate file',
      /user\.client-certificate: /,
      () => kubeconfig({ user: { 'client-certificate': 'a.crt' } }),
    ],
    [
      'a key file',
      /user\.client-key: /,
      () => kubeconfig({ user: { ...certificateUser(), 'client-key': 'a.key' } }),
    ],
    [
      'a password',
      /user\.(username|password)/,
      () => kubeconfig({ user: { username: 'a', password: TOKEN } }),
    ],
    [
      'impersonation',
      /user\.as: .*impersonate/,
      () => kubeconfig({ user: { token: TOKEN, as: 'admin' } }),
    ],
    [
      'impersonated groups',
      /user\.as-groups: .*impersonate/,
      () => kubeconfig({ user: { token: TOKEN, 'as-groups': ['x'] } }),
    ],
    [
      'a field whose name is a credential',
      /user has a field that .*use token, client-certificate-data, client-key-data only/,
      () => kubeconfig({ user: { [TOKEN]: true } }),
    ],
    [
      'a token that is a number',
      /user\.token is not a text/,
      () => kubeconfig({ user: { token: 12_345 } }),
    ],
    [
      'a token with a line break',
      /user\.token contains/,
      () => kubeconfig({ user: { token: `${TOKEN}\n` } }),
    ],
    [
      'a token with a header',
      /user\.token contains/,
      () => kubeconfig({ user: { token: `a\r\nImpersonate-User: admin` } }),
    ],
    ['a token with an umlaut', /user\.token contains/, () => kubeconfig({ user: { token: 'ü' } })],
    [
      'a token and a certificate',
      /both a token and a client certificate/,
      () => kubeconfig({ user: { token: TOKEN, ...certificateUser() } }),
    ],
    [
      'a certificate without key',
      /user\.client-key-data is missing/,
      () => kubeconfig({ user: { ...certificateUser(), 'client-key-data': '' } }),
    ],
    [
      'a key without certificate',
      /user\.client-certificate-data is missing/,
      () => kubeconfig({ user: { ...certificateUser(), 'client-certificate-data': undefined } }),
    ],
    [
      'a certificate in PEM',
      /client-certificate-data is not the base64/,
      () =>
        kubeconfig({
          user: { ...certificateUser(), 'client-certificate-data': issued.certificatePem },
        }),
    ],
    [
      'a key in PEM',
      /client-key-data is not the base64/,
      () => kubeconfig({ user: { ...certificateUser(), 'client-key-data': issued.keyPem } }),
    ],
    [
      'a certificate that is a key',
      /client-certificate-data is not a certificate/,
      () =>
        kubeconfig({
          user: { ...certificateUser(), 'client-certificate-data': base64(issued.keyPem) },
        }),
    ],
    [
      'a key that is a certificate',
      /client-key-data is not a private key/,
      () =>
        kubeconfig({
          user: { ...certificateUser(), 'client-key-data': base64(issued.certificatePem) },
        }),
    ],
    [
      'a truncated certificate',
      /client-certificate-data is not a certificate/,
      () =>
        kubeconfig({
          user: {
            ...certificateUser(),
            'client-certificate-data': base64(
              issued.certificatePem.replace(/.{20}\n-----END/, '\n-----END'),
            ),
          },
        }),
    ],
    [
      'the key of another certificate',
      /not the key of the client certificate/,
      () => kubeconfig({ user: { ...certificateUser(), 'client-key-data': base64(other.keyPem) } }),
    ],
    [
      'a key with a passphrase',
      /client-key-data is not a private key without passphrase/,
      () =>
        kubeconfig({ user: { ...certificateUser(), 'client-key-data': base64(encryptedKey()) } }),
    ],
    [
      'no verification of the server',
      /cluster\.insecure-skip-tls-verify: .*always verified/,
      () => kubeconfig({ cluster: { server: 'https://a', 'insecure-skip-tls-verify': true } }),
    ],
    [
      'an authority in a file',
      /cluster\.certificate-authority: /,
      () => kubeconfig({ cluster: { server: 'https://a', 'certificate-authority': 'ca.crt' } }),
    ],
    [
      'a proxy',
      /cluster\.proxy-url: /,
      () => kubeconfig({ cluster: { server: 'https://a', 'proxy-url': 'http://proxy' } }),
    ],
    [
      'another server name',
      /cluster\.tls-server-name: /,
      () => kubeconfig({ cluster: { server: 'https://a', 'tls-server-name': 'b' } }),
    ],
    [
      'no authority',
      /cluster\.certificate-authority-data is missing/,
      () => kubeconfig({ cluster: { server: 'https://a' } }),
    ],
    [
      'no server',
      /cluster\.server is missing/,
      () => kubeconfig({ cluster: { 'certificate-authority-data': base64(issued.caPem) } }),
    ],
    [
      'an authority that is a key',
      /certificate-authority-data is not a certificate/,
      () =>
        kubeconfig({
          cluster: { server: 'https://a', 'certificate-authority-data': base64(issued.keyPem) },
        }),
    ],
    ...['http://a', 'a:6443', 'https://user:pw@a', 'https://a/?x', 'https://a/#x', 'file:///a'].map(
      (server) =>
        [
          `the server ${server}`,
          /cluster\.server is not an https URL/,
          () =>
            kubeconfig({ cluster: { server, 'certificate-authority-data': base64(issued.caPem) } }),
        ] as const,
    ),
  ];

  it.each(BAD)('with %s is refused, and its text is not quoted', async (_, message, value) => {
    const content = value();
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const error = await parseLoginKubeconfig(text).then(
      () => expect.fail('it is accepted'),
      (thrown: unknown) => thrown as Error,
    );
    expect(error.name).toBe('LoginKubeconfigError');
    expect(error.message).toMatch(message);
    expect(`${error.stack}${String(error.cause)}`).not.toMatch(/very-secret|PRIVATE KEY/);
  });
});

function encryptedKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
}
