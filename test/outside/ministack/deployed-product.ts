import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CreateAccessEntryCommand, DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { z } from 'zod';
import type { UserInfo } from '../../../local/kubernetes/access/user-info.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';
import { kubectl } from '../../support/chart/kubectl.ts';
import { type CommandResult, kubeAwsIam } from '../../support/programs/command-line.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { ACCOUNT, type Ministack, REGION, startMinistack } from './ministack.ts';
import { type ReducedStack, reducedStack } from './reduced-stack.ts';
import { synthesizeSurroundings } from './surroundings.ts';

export const CLUSTER_NAME = 'demo';
/** CDK's functions that install the chart need Python, Helm and the AWS CLI in /opt, so the chart is installed by kubectl. */
const SETTINGS = { clusterName: CLUSTER_NAME, assumableRoles: ['demo-*'], installChart: false };

/** A role that trusts the refresher, and one that trusts somebody else. */
export const POD_ROLE = 'demo-orders';
export const STRANGER = 'demo-stranger';

const AccessEntries = z.tuple([
  z.object({
    Properties: z.object({
      ClusterName: z.string(),
      Type: z.string(),
      KubernetesGroups: z.array(z.string()),
    }),
  }),
]);

/** The product in ministack and on a real cluster, deployed with the public tools only. */
export interface DeployedProduct {
  readonly cluster: RealCluster;
  readonly ministack: Ministack;
  readonly stack: ReducedStack;
  /** Runs `kube-aws-iam` as the administrator of account and cluster. */
  run(...words: readonly string[]): Promise<CommandResult>;
  /** Runs `cdk` on the product's stack as the root user of the account. @throws {Error} with its output if it fails */
  cdk(command: string, ...words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Deploys the product as its documentation describes it. */
export async function deployToMinistack(): Promise<DeployedProduct> {
  const stack = await reducedStack(SETTINGS);
  const manifests = join(temporaryFolder(), 'manifests.yaml');
  const printed = await kubeAwsIam(['manifests', '--region', REGION], { clusters: [SETTINGS] });
  writeFileSync(manifests, printed.stdout);
  let authenticate: (token: string) => Promise<UserInfo | undefined> = async () => undefined;
  const cluster = await startRealCluster({
    nodes: 1,
    authenticate: (token) => authenticate(token),
    beforeControllers: async ({ kubeconfigPath }) => {
      await kubectl({ kubeconfigPath }, 'apply', '-f', manifests);
    },
  });
  let ministack: Ministack | undefined;
  const stop = async () => {
    await ministack?.stop();
    await cluster.stop();
  };
  try {
    ministack = await startMinistack(cluster);
    ({ authenticate } = ministack);
    const { environment } = ministack;
    const cdk = (...words: readonly string[]) => runCdk(environment, words);
    const run = (...words: readonly string[]) =>
      kubeAwsIam(words, {
        clusters: [SETTINGS],
        env: { ...environment, KUBECONFIG: cluster.kubeconfigPath },
      });
    await cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
    const outputs = join(temporaryFolder(), 'outputs.json');
    await cdk('deploy', ...deployment(stack.assemblyDir), '--outputs-file', outputs);
    const { stdout: trustPolicy } = await run('trust-policy', POD_ROLE);
    const podRoles = {
      [POD_ROLE]: JSON.parse(trustPolicy),
      [STRANGER]: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'ec2.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      },
    };
    const surroundings = synthesizeSurroundings({ clusterName: CLUSTER_NAME, podRoles });
    await cdk('deploy', ...deployment(surroundings));
    const { RefresherRoleArn } = JSON.parse(readFileSync(outputs, 'utf8'))[stack.stackName];
    await createAccessEntry(stack, ministack, RefresherRoleArn);
    return {
      cluster,
      ministack,
      stack,
      run,
      cdk: (command, ...words) => cdk(command, '--app', stack.assemblyDir, '--all', ...words),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const deployment = (assembly: string) =>
  ['--app', assembly, '--all', '--require-approval', 'never'] as const;

const CDK = join(createRequire(import.meta.url).resolve('aws-cdk/package.json'), '../bin/cdk');

async function runCdk(
  environment: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<string> {
  const cwd = temporaryFolder();
  const { stdout, stderr } = await runToEnd(process.execPath, [CDK, ...words], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ...environment },
  });
  return stdout + stderr;
}

/** Creates the access entry that was left out of the template. */
async function createAccessEntry(
  { leftOut }: ReducedStack,
  { client }: Ministack,
  principalArn: string,
): Promise<void> {
  const [{ Properties: entry }] = AccessEntries.parse(
    Object.values(leftOut)
      .flat()
      .filter(({ Type }) => Type === 'AWS::EKS::AccessEntry'),
  );
  const eks = new EKSClient(client);
  await waitUntil('the EKS cluster to be active', async () => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: CLUSTER_NAME }));
    return cluster?.status === 'ACTIVE' || undefined;
  });
  const { ClusterName: clusterName, Type: type, KubernetesGroups: kubernetesGroups } = entry;
  await eks.send(
    new CreateAccessEntryCommand({ clusterName, principalArn, type, kubernetesGroups }),
  );
}
