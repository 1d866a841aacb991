import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chartValues } from '../../infra/chart/chart-values.ts';
import { readClusterSettings } from '../../infra/settings/read-cluster-settings.ts';
import {
  type AccessEntry,
  createTokenAuthenticator,
} from '../../local/aws/eks/token-authenticator.ts';
import { startCloud } from '../../local/cloud.ts';
import { startWithProduct } from '../../local/installation/install-on-real-cluster.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  clockAtTenMinutes,
  type Installation,
  installationOf,
  REGION,
} from '../../local/installation/installation.ts';
import { operatorCredentials, shellEnvironment } from '../../local/installation/operator.ts';
import { issueAuthority } from '../../local/kubernetes/certificates.ts';
import { synthesize } from '../../local/synthesize.ts';
import { kubectl } from '../support/chart/kubectl.ts';
import { type CommandResult, kubeAwsIam } from '../support/programs/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** ARN of the secret with the login, without the characters that Secrets Manager adds. */
const LOGIN_SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:kube-aws-iam-${CLUSTER_NAME}-login`;

/** The product on a cluster that is not on EKS. */
export interface KubernetesInstallation extends Installation {
  /** Runs `kube-aws-iam connect` as an administrator of the cluster who may write the login. */
  connect(...words: readonly string[]): Promise<CommandResult>;
  /** Runs another command as an administrator of the cluster with these permissions in IAM. */
  run(words: readonly string[], actions: readonly string[]): Promise<CommandResult>;
  /** The values of the secret with the login, oldest first. */
  logins(): readonly string[];
  /** Adds a mapping to the configuration of aws-iam-authenticator. */
  addMapping(mapping: AuthenticatorMapping): void;
}

/** An item of `mapRoles` of aws-iam-authenticator. */
interface AuthenticatorMapping {
  readonly roleARN: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/**
 * Starts a real cluster, installs the chart with the output of `kube-aws-iam manifests`, and then deploys the stack to an
 * embedded AWS. The functions cannot log in yet.
 *
 * @param login - the settings in `kubernetes`, without server and certificate authority
 */
export async function installOnKubernetes(login: object): Promise<KubernetesInstallation> {
  const folder = temporaryFolder();
  const clock = clockAtTenMinutes();
  const mappings: AccessEntry[] = [];
  let authenticate: ReturnType<typeof createTokenAuthenticator> | undefined;
  let kubeconfigPath = '';
  let entry: object = {};
  const signing = await writeAuthority(folder);
  const cluster = await startWithProduct({
    authenticate: async (token) => authenticate?.(token),
    apiServerFlags: { 'client-ca-file': signing.cert },
    controllerFlags: {
      'cluster-signing-cert-file': signing.cert,
      'cluster-signing-key-file': signing.key,
    },
    async beforeControllers(started) {
      kubeconfigPath = started.kubeconfigPath;
      entry = {
        clusterName: CLUSTER_NAME,
        region: REGION,
        account: ACCOUNT,
        assumableRoles: ['demo-*'],
        kind: 'kubernetes',
        kubernetes: { ...(await addressIn(kubeconfigPath)), ...login },
      };
      const { code, stdout, stderr } = await kubeAwsIam(['manifests'], { clusters: [entry] });
      if (code !== 0) throw new Error(stderr);
      const manifests = join(folder, 'manifests.yaml');
      await writeFile(manifests, stdout);
      await kubectl(started, 'apply', '-f', manifests);
    },
  });
  try {
    const chartFolder = join(folder, 'chart');
    const written = await kubeAwsIam(['manifests', '--chart', chartFolder], { clusters: [entry] });
    if (written.code !== 0) throw new Error(written.stderr);
    const assemblyDir = join(folder, 'cdk.out');
    await synthesize(assemblyDir, [entry]);
    const cloud = await startCloud({ assemblyDir, clock, account: ACCOUNT, region: REGION });
    authenticate = createTokenAuthenticator({
      clusterName: CLUSTER_NAME,
      stsUrl: cloud.sts.url,
      partition: 'aws',
      clock,
      accessEntries: () => mappings,
      onRejected: () => undefined,
    });
    const [settings] = readClusterSettings({ clusters: [entry] });
    if (settings === undefined) throw new Error('no settings');
    const chart = {
      release: 'kube-aws-iam',
      namespace: 'kube-aws-iam',
      chartFolder,
      values: chartValues(settings, REGION, ''),
    };
    const operator = operatorCredentials(cloud, 'operator', [
      { actions: ['secretsmanager:PutSecretValue'], resources: [`${LOGIN_SECRET}-??????`] },
    ]);
    let operators = 0;
    const runAs = (words: readonly string[], credentials: typeof operator) =>
      kubeAwsIam(words, {
        clusters: [entry],
        env: {
          ...shellEnvironment(cloud, credentials),
          AWS_ENDPOINT_URL_SECRETS_MANAGER: cloud.secretsManager.url,
          KUBECONFIG: kubeconfigPath,
        },
      });
    return {
      ...installationOf({ clock, cloud, cluster, chart, folder }),
      connect: (...words) => runAs(['connect', ...words], operator),
      run(words, actions) {
        operators += 1;
        return runAs(words, operatorCredentials(cloud, `operator-${operators}`, [{ actions }]));
      },
      logins: () => cloud.secretsManager.valuesOf(LOGIN_SECRET),
      addMapping: ({ roleARN, username, groups }) => {
        const kubernetesGroups = groups;
        mappings.push({
          clusterName: CLUSTER_NAME,
          principalArn: roleARN,
          username,
          kubernetesGroups,
        });
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Creates the authority that signs client certificates. */
async function writeAuthority(folder: string) {
  const { certificatePem, keyPem } = await issueAuthority();
  const files = { cert: join(folder, 'client-ca.crt'), key: join(folder, 'client-ca.key') };
  await writeFile(files.cert, certificatePem);
  await writeFile(files.key, keyPem, { mode: 0o600 });
  return files;
}

/** Reads the settings that docs/clusters.md takes from a kubeconfig. */
async function addressIn(kubeconfigPath: string) {
  const { clusters } = JSON.parse(await readFile(kubeconfigPath, 'utf8'));
  const { server, 'certificate-authority-data': certificateAuthority } = clusters[0].cluster;
  return { server, certificateAuthority };
}
