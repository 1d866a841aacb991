import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Cluster, HelmChart, KubectlProvider } from 'aws-cdk-lib/aws-eks-v2';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import {
  Effect,
  PolicyStatement,
  Role,
  ServicePrincipal,
  StarPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';

const HANDLER = 'export const handler = async (event) => event;\n';

/**
 * Synthesizes a stack with a function, a rule, a chart that CDK functions install, and a bus that denies access to all
 * roles but `forwarder`, although the policy of the role `thief` allows it.
 */
export function synthesizeTinyEventsApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-events-app-'));
  // The CDK's layers have 50 MB, which do not have to be copied.
  const context = { 'aws:cdk:disable-asset-staging': true };
  const app = new App({ outdir: join(folder, 'cdk.out'), analyticsReporting: false, context });
  const stack = new Stack(app, 'Tiny');
  const bus = new EventBus(stack, 'Bus', { eventBusName: 'tiny' });
  const [forwarder] = ['forwarder', 'thief'].map((name) => addRole(stack, name, bus));
  bus.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OnlyTheForwarder',
      effect: Effect.DENY,
      principals: [new StarPrincipal()],
      actions: ['events:PutEvents'],
      resources: [bus.eventBusArn],
      conditions: { ArnNotEquals: { 'aws:PrincipalArn': forwarder?.roleArn } },
    }),
  );
  const fn = new LambdaFunction(stack, 'Fn', {
    functionName: 'tiny',
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(folderWith(folder, 'code', 'index.mjs', HANDLER)),
  });
  new Rule(stack, 'Rule', {
    eventBus: bus,
    eventPattern: { source: ['shop'], detail: { kind: ['tea'] } },
    targets: [new LambdaTarget(fn, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
  });
  addChart(stack, folderWith(folder, 'chart', 'Chart.yaml', 'name: tiny\n'));
  app.synth();
  return folder;
}

function folderWith(folder: string, name: string, file: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, file), text);
  return path;
}

function addRole(stack: Stack, roleName: string, bus: EventBus): Role {
  const role = new Role(stack, roleName, {
    roleName,
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
  });
  bus.grantPutEventsTo(role);
  return role;
}

function addChart(stack: Stack, path: string): void {
  const clusterName = 'demo';
  const kubectlProvider = new KubectlProvider(stack, 'Kubectl', {
    cluster: Cluster.fromClusterAttributes(stack, 'Address', { clusterName }),
    kubectlLayer: new KubectlV36Layer(stack, 'Layer'),
  });
  new CfnAccessEntry(stack, 'KubectlAccess', {
    clusterName,
    principalArn: kubectlProvider.role?.roleArn ?? '',
    accessPolicies: [
      {
        policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
        accessScope: { type: 'cluster' },
      },
    ],
  });
  new HelmChart(stack, 'Chart', {
    cluster: Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName, kubectlProvider }),
    chartAsset: new Asset(stack, 'ChartAsset', { path }),
    release: 'tiny',
    namespace: 'shop',
    values: { region: stack.region },
  });
}
