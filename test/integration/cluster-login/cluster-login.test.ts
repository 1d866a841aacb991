import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  REFRESHER_SERVICE_ACCOUNT,
  REFRESHERS_GROUP,
} from '../../../contract/kubernetes/cluster-access.ts';
import { METRICS } from '../../../contract/metrics.ts';
import { formatLoginKubeconfig } from '../../../kubernetes/login/stored-login.ts';
import { type ApiClient, apiClient } from '../../../local/api-client.ts';
import { MovableClock } from '../../../local/clock.ts';
import {
  type AccessRule,
  authorizeByRules,
} from '../../../local/kubernetes/access/authorization.ts';
import { chartRules } from '../../../local/kubernetes/access/chart-rules.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../local/kubernetes/embedded-cluster.ts';
import { REGION } from '../../support/deployment/deployment.ts';
import { type DeployedLogins, deployLogins, POD, SHOP } from './clusters-outside-eks.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const ACCOUNTS = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/serviceaccounts`;
const LOGINS = ['serviceAccount', 'kubeconfig', 'awsIamAuthenticator'] as const;
const ALARM = 'kube-aws-iam-serviceaccount-ticket-cluster-login-expires';

/** The permissions of the chart, for the refresher's ServiceAccount too. */
async function rules(): Promise<readonly AccessRule[]> {
  const ofGroup = await chartRules();
  const group = `system:serviceaccounts:${PRODUCT_NAMESPACE}`;
  return [
    ...ofGroup,
    ...ofGroup
      .filter((rule) => rule.group === REFRESHERS_GROUP)
      .map((rule) => ({ ...rule, group })),
    {
      group,
      verbs: ['create'],
      apiGroups: [''],
      resources: ['serviceaccounts/token'],
      resourceNames: [REFRESHER_SERVICE_ACCOUNT],
      namespace: PRODUCT_NAMESPACE,
    },
  ];
}

describe('a cluster outside EKS', () => {
  let cluster: EmbeddedCluster;
  let deployed: DeployedLogins;
  let admin: ApiClient;
  let authenticate: DeployedLogins['cloud']['authenticateToken'];

  beforeAll(async () => {
    const clock = new MovableClock();
    cluster = await startEmbeddedCluster({
      clock,
      // As aws-iam-authenticator with this cluster ID.
      authenticate: (token) => authenticate('awsiamauthenticator')(token),
      authorize: authorizeByRules(await rules()),
    });
    deployed = await deployLogins(cluster, LOGINS, clock);
    deployed.cloud.scheduler.pause();
    authenticate = deployed.cloud.authenticateToken;
    admin = apiClient({ ...cluster, token: cluster.adminToken });
    for (const body of [SHOP, { metadata: { name: PRODUCT_NAMESPACE } }]) {
      await admin.send('POST', '/api/v1/namespaces', { body });
    }
    await createAccount();
    await admin.send('POST', '/api/v1/namespaces/shop/pods', { body: POD });
  });
  afterAll(async () => {
    await admin.close();
    await deployed.cloud.stop();
    await cluster.stop();
  });

  const createAccount = () =>
    admin.send('POST', ACCOUNTS, { body: { metadata: { name: REFRESHER_SERVICE_ACCOUNT } } });

  async function requestToken(expirationSeconds: number): Promise<string> {
    const path = `${ACCOUNTS}/${REFRESHER_SERVICE_ACCOUNT}/token`;
    const { body } = await admin.send('POST', path, { body: { spec: { expirationSeconds } } });
    return (body['status'] as { token: string }).token;
  }

  const store = (login: (typeof LOGINS)[number], value: string) =>
    deployed.cloud.secretsManager.putValue(deployed.secretOf(login), value);
  const values = () => deployed.cloud.secretsManager.valuesOf(deployed.secretOf('serviceAccount'));
  const storeToken = async (seconds: number) => {
    const user = { token: await requestToken(seconds), mayLackExpiry: false };
    store('serviceAccount', formatLoginKubeconfig({ user }));
    // Containers have read the secret at most a quarter of an hour ago.
    deployed.clock.advance(HOUR / 4);
  };
  const refresh = () => deployed.invoke('serviceAccount', 'refresh');
  const refreshAfter = (hours: number) => {
    deployed.clock.advance(hours * HOUR);
    return refresh();
  };
  const logOf = (word: string) =>
    deployed.cloud.logs.lines.map(({ text }) => text).filter((text) => text.includes(word));

  it('is not served without a login, and the error has the command', async () => {
    await expect(refresh()).rejects.toThrow(
      /ClusterSetupError.*It has no value yet\. Run: kube-aws-iam connect --cluster serviceaccount/,
    );
    expect(cluster.log.requests.filter(({ username }) => username !== 'admin')).toEqual([]);
  });

  it('is served with a token of its ServiceAccount, which is rotated before it expires', async () => {
    await storeToken(DAY);
    expect((await refresh()).report.counts).toMatchObject({ created: 1 });
    for (const hours of [11.5, 0.5, 11.5, 0.5, 20, 20]) await refreshAfter(hours);
    expect(values()).toHaveLength(5);
    expect(logOf('rotated the login to the cluster')).toHaveLength(4);
    await deployed.invoke('serviceAccount', 'sweep');
    const writes = deployed.cloud.secretsManager.calls.filter(
      ({ action }) => action === 'PutSecretValue',
    );
    expect(writes.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(deployed.cloud.eks.calls).toEqual([]);
    for (const value of values()) expect(logOf(JSON.parse(value).users[0].user.token)).toEqual([]);
  });

  it('opens a ticket when rotations fail, which closes when one succeeds', async () => {
    await storeToken(DAY);
    const before = values().length;
    const effect = { kind: 'refuse', status: 403, retryAfterSeconds: 0 } as const;
    const match = ({ path }: { readonly path: string }) => path.endsWith('/token');
    const repair = cluster.faults.add({ effect, match, times: Number.POSITIVE_INFINITY });
    const alarmAfter = async (hours: number) => {
      await refreshAfter(hours);
      await deployed.cloud.scheduler.advance(10 * 60);
      return deployed.cloud.cloudWatch.stateOf(ALARM);
    };
    expect(await alarmAfter(13)).toBe('OK');
    expect(JSON.parse(logOf('could not rotate the login')[0] ?? '{}')).toMatchObject({
      explanation: expect.stringMatching(/apply the chart's manifests again/),
    });
    expect(await alarmAfter(3)).toBe('ALARM');
    expect(values()).toHaveLength(before);
    repair();
    expect(await alarmAfter(0.5)).toBe('OK');
    expect(values()).toHaveLength(before + 1);
  });

  it('is not served with a login that it rejects, until a new one is stored', async () => {
    await storeToken(HOUR);
    await refresh();
    await admin.send('DELETE', `${ACCOUNTS}/${REFRESHER_SERVICE_ACCOUNT}`);
    await expect(refresh()).rejects.toThrow(
      /rejected the token in the secret arn:.*user\.token.*twice \(401\); it is valid until 20.*kube-aws-iam connect --cluster serviceaccount/,
    );
    await createAccount();
    const user = { token: await requestToken(HOUR), mayLackExpiry: false };
    store('serviceAccount', formatLoginKubeconfig({ user }));
    // At once, although the secret would be read again a quarter of an hour later only.
    await refresh();
  });

  it('is served with a kubeconfig in YAML, which is watched and not rotated', async () => {
    const { url: server, caPem } = cluster;
    const file = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'c',
          cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
        },
      ],
      users: [{ name: 'u', user: { token: await requestToken(DAY) } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    store('kubeconfig', dump(file));
    expect((await deployed.invoke('kubeconfig', 'refresh')).report.podsSeen).toBe(1);
    deployed.clock.advance(17 * HOUR);
    await deployed.invoke('kubeconfig', 'refresh');
    deployed.clock.advance(HOUR / 4);
    expect(
      deployed.cloud.cloudWatch.metrics.values(
        {
          namespace: 'KubeAwsIam',
          name: METRICS.loginExpiresSoon,
          dimensions: { Cluster: 'kubeconfig', service: 'refresh' },
        },
        { from: new Date(0), until: new Date(8.64e15) },
        new Date(8.64e15),
      ),
    ).toEqual([0, 1]);
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws' } };
    store('kubeconfig', dump({ ...file, users: [{ name: 'u', user }] }));
    await expect(deployed.invoke('kubeconfig', 'refresh')).rejects.toThrow(
      /no usable login to cluster .*user\.exec: the functions run no plugins.*Run: kube-aws-iam connect --cluster kubeconfig/,
    );
  });

  it('is served with a token that aws-iam-authenticator verifies, once it maps the role', async () => {
    const refreshNow = () => deployed.invoke('awsIamAuthenticator', 'refresh');
    await expect(refreshNow()).rejects.toThrow(
      /rejected two tokens \(401\)\. aws-iam-authenticator must run .*cluster ID .*awsiamauthenticator/,
    );
    deployed.cloud.eks.putAccessEntry({
      clusterName: 'awsiamauthenticator',
      principalArn: `arn:aws:iam::123456789012:role/kube-aws-iam-${REGION}-awsiamauthenticator`,
      kubernetesGroups: [REFRESHERS_GROUP],
    });
    expect((await refreshNow()).report.podsSeen).toBe(1);
    const caller = `assumed-role/kube-aws-iam-${REGION}-awsiamauthenticator/`;
    const { calls } = deployed.cloud.secretsManager;
    expect(calls.filter((call) => call.caller?.includes(caller))).toEqual([]);
    expect(deployed.cloud.eks.calls).toEqual([]);
  });
});
