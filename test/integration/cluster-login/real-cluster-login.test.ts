import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  REFRESHER_SERVICE_ACCOUNT,
  REFRESHERS_GROUP,
} from '../../../contract/kubernetes/cluster-access.ts';
import { fixedValue } from '../../../kubernetes/cached-value.ts';
import { connectCluster } from '../../../kubernetes/connection/connect-cluster.ts';
import { cachedLogin, partOf } from '../../../kubernetes/login/cluster-login.ts';
import { secretLoginRemedies } from '../../../kubernetes/login/login-remedies.ts';
import { createMaintainLogin } from '../../../kubernetes/login/maintain-login.ts';
import { formatLoginKubeconfig, type StoredUser } from '../../../kubernetes/login/stored-login.ts';
import { MovableClock } from '../../../local/clock.ts';
import {
  type IssuedCertificate,
  issueClientCertificate,
} from '../../../local/kubernetes/certificates.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { type ChartCluster, chartCluster } from '../../support/chart/chart-cluster.ts';
import { renderChart } from '../../support/chart/helm.ts';
import { REGION } from '../../support/deployment/deployment.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  type DeployedLogins,
  deployLogins,
  type Login,
  POD,
  SHOP,
} from './clusters-outside-eks.ts';

const LOGINS = [
  'serviceAccount',
  'clientCertificate',
  'awsIamAuthenticator',
  'kubeconfig',
] as const;
const TOKEN_PATH = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/serviceaccounts/${REFRESHER_SERVICE_ACCOUNT}/token`;
const SECRET_PATH = '/api/v1/namespaces/shop/secrets/aws-iam-app-orders';

describeChartOnRealCluster('logins to a real cluster that is not on EKS', () => {
  let cluster: RealCluster;
  let chart: ChartCluster;
  let deployed: DeployedLogins;
  let certificate: IssuedCertificate;
  let foreign: IssuedCertificate;

  beforeAll(async () => {
    certificate = await issueClientCertificate('refresher', REFRESHERS_GROUP);
    foreign = await issueClientCertificate('refresher', REFRESHERS_GROUP);
    const clientCa = join(temporaryFolder(), 'client-ca.crt');
    writeFileSync(clientCa, certificate.caPem);
    const clock = new MovableClock();
    cluster = await startRealCluster({
      // The webhook of aws-iam-authenticator.
      authenticate: (token) => deployed.cloud.authenticateToken('awsiamauthenticator')(token),
      apiServerFlags: { 'client-ca-file': clientCa },
    });
    chart = chartCluster(cluster);
    await install(
      { kind: 'ServiceAccount', name: REFRESHER_SERVICE_ACCOUNT, namespace: PRODUCT_NAMESPACE },
      true,
    );
    await chart.admin('POST', '/api/v1/namespaces', SHOP);
    await chart.admin('POST', '/api/v1/namespaces/shop/pods', POD);
    deployed = await deployLogins(cluster, LOGINS, clock);
  }, 180_000);
  afterAll(async () => {
    await chart.close();
    await deployed?.cloud.stop();
    await cluster.stop();
  });
  beforeEach(async () => {
    await chart.admin('DELETE', SECRET_PATH);
  });

  /** Installs the chart for a subject. Policies take effect a moment later. */
  async function install(subject: object, rotatesLogin: boolean): Promise<void> {
    const values = { 'refresher.subject': subject, 'refresher.rotatesLogin': rotatesLogin };
    for (const manifest of await renderChart({ ...values, 'forwarder.replicas': 0 })) {
      await chart.apply(manifest);
    }
  }

  /** Passes until one creates the Secret. */
  const created = (login: Login) =>
    waitUntil('the Secret', async () => {
      const { report } = await deployed.invoke(login, 'refresh');
      return report.counts['created'] === 1 || undefined;
    });

  async function requestToken(expirationSeconds: number): Promise<string> {
    const { body } = await chart.admin('POST', TOKEN_PATH, { spec: { expirationSeconds } });
    return (body['status'] as { token: string }).token;
  }

  const store = (login: Login, user: StoredUser) => {
    const { url, caPem } = cluster;
    const address = { url, certificateAuthority: caPem };
    const value = formatLoginKubeconfig({ ...(login === 'kubeconfig' ? { address } : {}), user });
    deployed.cloud.secretsManager.putValue(deployed.secretOf(login), value);
  };

  const token = async (): Promise<StoredUser> => ({
    token: await requestToken(3_600),
    mayLackExpiry: false,
  });
  const ofCertificate = ({ certificatePem, keyPem }: IssuedCertificate): StoredUser => ({
    certificate: certificatePem,
    key: keyPem,
  });

  async function expectServed(login: Login, user?: StoredUser): Promise<void> {
    if (user !== undefined) store(login, user);
    // The container has read the secret at most a quarter of an hour ago.
    deployed.clock.advance(900);
    await created(login);
    const { status, body } = await chart.admin('GET', SECRET_PATH);
    expect([status, body['type']]).toEqual([200, 'Opaque']);
    expect(deployed.cloud.eks.calls).toEqual([]);
  }

  it.each(['serviceAccount', 'kubeconfig'] as const)(
    'issue credentials with a token of the ServiceAccount, with login %s',
    async (login) => expectServed(login, await token()),
  );

  it.each([
    [
      'clientCertificate',
      'a client certificate of another authority',
      async () => ofCertificate(foreign),
      /rejected the client certificate .*\(user\.client-certificate-data\) twice \(401\)/,
    ],
    [
      'serviceAccount',
      'a token for another audience',
      async () => {
        const spec = { audiences: ['sts.amazonaws.com'], expirationSeconds: 3_600 };
        const { body } = await chart.admin('POST', TOKEN_PATH, { spec });
        return { token: (body['status'] as { token: string }).token, mayLackExpiry: false };
      },
      /rejected the token .*\(user\.token\) twice \(401\)/,
    ],
  ] as const)('reports with login %s: %s', async (login, _, user, message) => {
    store(login, await user());
    deployed.clock.advance(900);
    await expect(deployed.invoke(login, 'refresh')).rejects.toThrow(message);
  });

  it('rotates a token with that token, which the admission policy allows', async () => {
    const { url, caPem } = cluster;
    let value = formatLoginKubeconfig({ user: await token() });
    let now = new Date(Date.now() + 31 * 60_000);
    const location = { clusterName: 'real', secretArn: 'arn:secret' };
    const secret = {
      read: async () => value,
      async write(written: string) {
        value = written;
      },
    };
    const address = { url, certificateAuthority: caPem };
    const deps = { ...location, secret, address, now: () => now };
    const login = cachedLogin(deps);
    const connection = connectCluster({
      clusterName: 'real',
      version: 'test',
      endpoint: fixedValue(address),
      credentials: partOf(login, (one) => one.credentials),
      remedies: secretLoginRemedies({ ...location, addressSource: 'the test', vpcId: undefined }),
      now: () => now,
      random: Math.random,
      countCall: () => {},
      sleep: async () => {},
    });
    const maintain = createMaintainLogin({
      ...deps,
      login,
      isRotated: true,
      connection: {
        send(request) {
          // The token was half an hour old until here; the API server follows the clock of the machine.
          now = new Date();
          return connection.send(request);
        },
      },
    });
    const before = value;
    const { signal } = new AbortController();
    expect(await maintain(signal)).toMatchObject({ result: 'rotated', isExpiringSoon: false });
    expect(value).not.toBe(before);
    const review = await connection.send({ method: 'GET', path: '/api/v1/namespaces', signal });
    expect(review.status).toBe(200);
    expect(await maintain(signal)).toMatchObject({ result: 'kept' });
    await connection.close();
  });

  describe('of a group', () => {
    beforeAll(() => install({ kind: 'Group', name: REFRESHERS_GROUP }, false));

    it.each(['clientCertificate', 'kubeconfig'] as const)(
      'issue credentials with a client certificate, with login %s',
      (login) => expectServed(login, ofCertificate(certificate)),
    );

    it('issue credentials with a token of the role that a webhook verifies', async () => {
      deployed.cloud.eks.putAccessEntry({
        clusterName: 'awsiamauthenticator',
        principalArn: `arn:aws:iam::123456789012:role/kube-aws-iam-${REGION}-awsiamauthenticator`,
        kubernetesGroups: [REFRESHERS_GROUP],
      });
      await expectServed('awsIamAuthenticator');
    });
  });
});
