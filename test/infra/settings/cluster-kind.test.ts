import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certificateAuthoritiesPem } from '../../../infra/settings/certificate-authorities.ts';
import {
  apiServerPorts,
  installsChart,
  refresherSubject,
} from '../../../infra/settings/cluster-login.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import {
  readClusterSettings,
  SettingsError,
} from '../../../infra/settings/read-cluster-settings.ts';
import { issueServerCertificate } from '../../../local/kubernetes/certificates.ts';

const { caPem: CA, certificatePem: SERVER, keyPem: PRIVATE_KEY } = await issueServerCertificate();
const { caPem: OTHER_CA } = await issueServerCertificate();
const base64 = (text: string) => Buffer.from(text).toString('base64');

const LOGIN = { server: 'https://api.example.com:6443', certificateAuthority: CA };
const KUBERNETES = { ...LOGIN, login: 'serviceAccount' };
const CLUSTER = { clusterName: 'gke', assumableRoles: ['app-*'], kind: 'kubernetes' };

function read(settings: object): ClusterSettings {
  const [cluster] = readClusterSettings({ clusters: [{ ...CLUSTER, ...settings }] });
  if (cluster === undefined) throw new Error('no cluster');
  return cluster;
}

function problemsWith(settings: object): readonly string[] {
  try {
    read(settings);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe('the settings of a cluster that is not EKS', () => {
  it.each([
    ['a certificate in PEM', { ...KUBERNETES }],
    ['certificate-authority-data', { ...KUBERNETES, certificateAuthority: base64(CA) }],
    [
      'wrapped base64',
      { ...KUBERNETES, certificateAuthority: base64(CA).replace(/.{76}/g, '$&\n') },
    ],
    ['a bundle', { ...KUBERNETES, certificateAuthority: `# old\n${CA}\n# new\n${OTHER_CA}` }],
    ['the certificate of the server too', { ...KUBERNETES, certificateAuthority: SERVER + CA }],
    ['an address of IPv6', { ...KUBERNETES, server: 'https://[fd00::1]:6443' }],
    ['the default port and a slash', { ...KUBERNETES, server: 'https://api.example.com/' }],
    ['a client certificate', { ...LOGIN, login: 'clientCertificate' }],
    ['aws-iam-authenticator', { ...LOGIN, login: 'awsIamAuthenticator' }],
    ['an ID', { ...LOGIN, login: 'awsIamAuthenticator', authenticatorClusterId: 'a.b/c' }],
    ['a kubeconfig', { login: 'kubeconfig' }],
    ['a user', { ...LOGIN, login: 'clientCertificate', subject: { kind: 'User', name: 'a@b.c' } }],
    ['a group', { login: 'kubeconfig', subject: { kind: 'Group', name: 'oidc:team "ü"' } }],
    [
      'a ServiceAccount',
      { login: 'kubeconfig', subject: { kind: 'ServiceAccount', name: 'a', namespace: 'b' } },
    ],
  ])('can have %s', (_, kubernetes) => {
    expect(problemsWith({ kubernetes })).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ['of HTTP', { server: 'http://api.example.com' }, 'server', /is "http:.*it must be the URL of/],
    ['with a path', { server: 'https://a.b/k8s/clusters/c' }, 'server', /host and port only/],
    ['with a query', { server: 'https://a.b?x=1' }, 'server', /host and port only/],
    ['with a fragment', { server: 'https://a.b#x' }, 'server', /host and port only/],
    ['with a backslash', { server: 'https://a.b\\x' }, 'server', /host and port only/],
    ['with white space', { server: ' https://a.b' }, 'server', /host and port only/],
    ['with a newline', { server: 'https://a.b\n' }, 'server', /host and port only/],
    ['with a wrong port', { server: 'https://a.b:65536' }, 'server', /host and port only/],
    ['without scheme', { server: 'a.b:6443' }, 'server', /host and port only/],
    ['that is a number', { server: 6443 }, 'server', /host and port only/],
    [
      'that is missing',
      { server: undefined },
      'server',
      /is missing; it must be the URL of the API/,
    ],
    [
      'that is no certificate',
      { certificateAuthority: 'ca.crt' },
      'certificateAuthority',
      /no cert/,
    ],
    [
      'that is empty',
      { certificateAuthority: '' },
      'certificateAuthority',
      /contains no certificate/,
    ],
    ['of other base64', { certificateAuthority: 'AAAA' }, 'certificateAuthority', /no certificate/],
    [
      'that is damaged',
      { certificateAuthority: CA.replace(/\n.{64}\n/, '\nAAAA\n') },
      'certificateAuthority',
      /contains a damaged certificate/,
    ],
    [
      'with a private key',
      { certificateAuthority: `${CA}${PRIVATE_KEY}` },
      'certificateAuthority',
      /contains a private key; replace that key/,
    ],
    [
      'with a private key in base64',
      { certificateAuthority: base64(PRIVATE_KEY) },
      'certificateAuthority',
      /contains a private key; replace that key/,
    ],
    [
      'of a server',
      { certificateAuthority: SERVER },
      'certificateAuthority',
      /the certificate of "CN=embedded-kubernetes" in it is not one of an authority/,
    ],
    [
      'that is a list',
      { certificateAuthority: [CA] },
      'certificateAuthority',
      /authorities in PEM/,
    ],
    [
      'that is missing',
      { certificateAuthority: undefined },
      'certificateAuthority',
      /is missing; it/,
    ],
    ['of EKS', { login: 'eks' }, 'login', /is "eks"; it must be one of "serviceAccount", "client/],
    ['that is missing', { login: undefined }, 'login', /is missing; it must be one of/],
    [
      'without aws-iam-authenticator',
      { authenticatorClusterId: 'x' },
      'authenticatorClusterId',
      /no effect with login "serviceAccount"/,
    ],
    [
      'with a newline',
      { login: 'awsIamAuthenticator', authenticatorClusterId: 'x\n' },
      'authenticatorClusterId',
      /the clusterID in the configuration/,
    ],
    [
      'next to a kubeconfig',
      { login: 'kubeconfig', certificateAuthority: undefined },
      'server',
      /with login "kubeconfig", it is in the kubeconfig in Secrets Manager; remove it/,
    ],
    [
      'next to a kubeconfig too',
      { login: 'kubeconfig', server: undefined },
      'certificateAuthority',
      /with login "kubeconfig", it is in the kubeconfig in Secrets Manager; remove it/,
    ],
    [
      'of another name',
      { token: 'x' },
      'token',
      /is not a setting; .*kubernetes must be an object/,
    ],
    [
      'for the ServiceAccount of the chart',
      { subject: { kind: 'Group', name: 'x' } },
      'subject',
      /with login "serviceAccount", it is always the ServiceAccount kube-aws-iam\/kube-aws-iam-ref/,
    ],
    [
      'that a certificate cannot have',
      {
        login: 'clientCertificate',
        subject: { kind: 'ServiceAccount', name: 'a', namespace: 'b' },
      },
      'subject',
      /authenticates a user with groups/,
    ],
  ])('cannot have a value %s (%#)', (_, change, key, expected) => {
    const problems = problemsWith({ kubernetes: { ...KUBERNETES, ...change } });
    expect(problems.filter((problem) => expected.test(problem))).toEqual([
      expect.stringMatching(`^clusters\\[0\\]\\.kubernetes\\.${key} is `),
    ]);
  });

  it.each<[object | string, string, RegExp]>([
    ['admins', 'subject', /is "admins"; it must be an object with kind/],
    [{ name: 'x' }, 'subject.kind', /is missing; it must be one of "User", "Group", "Service/],
    [{ kind: 'Role', name: 'x' }, 'subject.kind', /is "Role"; it must be one of/],
    [{ kind: 'User' }, 'subject.name', /is missing; it must be the name of a user/],
    [{ kind: 'User', name: '' }, 'subject.name', /without control characters/],
    [{ kind: 'User', name: 'a\nb' }, 'subject.name', /without control characters/],
    [{ kind: 'User', name: 'a\u202eb' }, 'subject.name', /without control characters/],
    [{ kind: 'User', name: 'x'.repeat(254) }, 'subject.name', /the name of a user/],
    [{ kind: 'Group', name: 'system:authenticated' }, 'subject.name', /others than the refresher/],
    [{ kind: 'User', name: 'system:anonymous' }, 'subject.name', /others than the refresher/],
    [{ kind: 'User', name: 'x', namespace: 'a' }, 'subject.namespace', /only a ServiceAccount has/],
    [{ kind: 'ServiceAccount', name: 'x' }, 'subject.namespace', /requires its namespace/],
    [{ kind: 'ServiceAccount', name: 'X', namespace: 'a' }, 'subject.name', /of a ServiceAccount/],
    [{ kind: 'ServiceAccount', name: 'x', namespace: 'A' }, 'subject.namespace', /of a namespace/],
    [
      { kind: 'ServiceAccount', name: 'kube-aws-iam-forwarder', namespace: 'kube-aws-iam' },
      'subject.name',
      /must not have the permissions of the refresher/,
    ],
    [
      { kind: 'ServiceAccount', name: 'kube-aws-iam-sessions', namespace: 'kube-aws-iam' },
      'subject.name',
      /must not have the permissions of the refresher/,
    ],
    [{ kind: 'Group', name: 'x', group: 'y' }, 'subject.group', /is not a setting; .*subject must/],
  ])('cannot have the subject %j', (subject, key, expected) => {
    const problems = problemsWith({ kubernetes: { login: 'kubeconfig', subject } });
    expect(problems.filter((problem) => expected.test(problem))).toEqual([
      expect.stringMatching(`^clusters\\[0\\]\\.kubernetes\\.${key.replace('.', '\\.')} is `),
    ]);
  });

  it('are reported with all their problems', () => {
    const subject = { kind: 'User', name: 'system:x', namespace: 'y' };
    const kubernetes = { server: 'http://x', login: 'clientCertificate', subject };
    const others = { installChart: true, sessionTags: true, account: '1' };
    expect(problemsWith({ kubernetes, ...others }).map((text) => text.split(' ')[0])).toEqual(
      [
        'account',
        'kubernetes.server',
        'kubernetes.subject.name',
        'kubernetes.subject.namespace',
        'kubernetes.certificateAuthority',
        'installChart',
        'sessionTags',
      ].map((name) => `clusters[0].${name}`),
    );
  });

  it('are not quoted if they may contain a credential', () => {
    const privateKey = PRIVATE_KEY;
    const body = privateKey.split('\n')[1];
    const wrong = [
      { kubernetes: privateKey },
      { kubernetes: { ...KUBERNETES, certificateAuthority: privateKey } },
      { kubernetes: { ...KUBERNETES, certificateAuthority: [privateKey] } },
      { kubernetes: { ...KUBERNETES, server: `https://admin:${body}@a.b` } },
      { kubernetes: { ...KUBERNETES, server: [`https://${body}`] } },
      { kind: 'eks', kubernetes: { ...KUBERNETES, certificateAuthority: privateKey } },
      { runsIn: 'cluster', kubernetes: { ...KUBERNETES, certificateAuthority: privateKey } },
    ];
    for (const settings of wrong) {
      const problems = problemsWith(settings);
      expect(problems).toContainEqual(expect.stringContaining('is invalid (value withheld); '));
      expect(problems.join()).not.toContain(body);
    }
  });
});

describe('the kind of a cluster', () => {
  it.each<[object, RegExp]>([
    [{ kind: 'gke' }, /^clusters\[0\]\.kind is "gke"; it must be one of "eks", "kubernetes"$/],
    [{}, /\.kubernetes is missing; kind "kubernetes" requires an object with login/],
    [{ kind: 'eks', kubernetes: KUBERNETES }, /\.kubernetes is .*; .* set kind to "kubernetes"/],
    [{ kind: undefined, kubernetes: KUBERNETES }, /\.kubernetes is .*; .* set kind to "kuber/],
    [{ runsIn: 'cluster', kubernetes: KUBERNETES }, /\.kubernetes is .*; runsIn is "cluster"/],
    [
      { kubernetes: KUBERNETES, installChart: true },
      /installChart is true; .* manifests \| kubectl/,
    ],
    [{ kubernetes: KUBERNETES, sessionTags: true }, /sessionTags is true; .*ARN of an EKS cluster/],
    [
      {
        kubernetes: KUBERNETES,
        forwarderCredentials: {
          source: 'podIdentity',
          roleArn: 'arn:aws:iam::123456789012:role/f',
        },
      },
      /forwarderCredentials\.source is "podIdentity"; .*on EKS only/,
    ],
  ])('excludes other settings: %j', (settings, expected) => {
    expect(problemsWith(settings)).toEqual([expect.stringMatching(expected)]);
  });

  it('requires no login if the refresher runs in the cluster', () => {
    expect(problemsWith({ runsIn: 'cluster' })).toEqual([]);
  });

  it.each([
    ['Lambda functions on EKS', { kind: 'eks' }, 'Group kube-aws-iam:refreshers'],
    [
      'a client certificate',
      { kubernetes: { ...LOGIN, login: 'clientCertificate' } },
      'Group kube-aws-iam:refreshers',
    ],
    ['a token', { kubernetes: KUBERNETES }, 'ServiceAccount kube-aws-iam-refresher kube-aws-iam'],
    ['a Deployment', { runsIn: 'cluster' }, 'ServiceAccount kube-aws-iam-refresher kube-aws-iam'],
    [
      'a Deployment on EKS',
      { kind: 'eks', runsIn: 'cluster' },
      'ServiceAccount kube-aws-iam-refresher kube-aws-iam',
    ],
    [
      'a kubeconfig',
      { kubernetes: { login: 'kubeconfig', subject: { kind: 'User', name: 'x' } } },
      'User x',
    ],
  ])('decides who the refresher is: %s', (_, settings, subject) => {
    expect(Object.values(refresherSubject(read(settings))).join(' ')).toBe(subject);
  });

  it.each([
    [{ kind: 'eks' }, true],
    [{ kind: 'eks', installChart: true }, true],
    [{ kind: 'eks', installChart: false }, false],
    [{ kubernetes: KUBERNETES }, false],
    [{ kubernetes: KUBERNETES, installChart: false }, false],
  ])('decides whether the stack installs the chart: %j', (settings, expected) => {
    expect(installsChart(read(settings))).toBe(expected);
  });
});

describe('the ports of the API server', () => {
  it.each([
    ['https://api.example.com', [443, 6_443]],
    ['https://api.example.com:6443', [443, 6_443]],
    ['https://api.example.com:16443', [443, 6_443, 16_443]],
  ])('include that of %s', (server, ports) => {
    expect(apiServerPorts(read({ kubernetes: { ...KUBERNETES, server } }))).toEqual(ports);
  });

  it('are the usual ones if the kubeconfig or nobody names the server', () => {
    expect(apiServerPorts(read({ kubernetes: { login: 'kubeconfig' } }))).toEqual([443, 6_443]);
    expect(apiServerPorts(read({ runsIn: 'cluster' }))).toEqual([443, 6_443]);
  });
});

describe('certificateAuthoritiesPem', () => {
  it.each([
    ['PEM', CA, 1],
    ['base64', base64(CA), 1],
    ['a repeated certificate', `${CA}\n${CA}`, 1],
    ['a certificate of a server too', `${SERVER}\n${CA}`, 1],
    ['a bundle in base64', base64(`${CA}${OTHER_CA}`), 2],
  ])('reads %s', (_, text, count) => {
    const pem = certificateAuthoritiesPem(text);
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(count);
    expect(new X509Certificate(pem).fingerprint256).toBe(new X509Certificate(CA).fingerprint256);
  });
});
