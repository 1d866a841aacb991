import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { createRefresherApp } from '../../infra/refresher-app.ts';
import { RefresherStack } from '../../infra/refresher-stack.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** `context` of the product's own `cdk.json`: feature flags and the example. */
export const CDK_CONTEXT: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'),
).context;

/** What `cdk synth` makes of clusters, without bundling: code and a chart that do nothing stand in for the real ones. */
export function appOf(...clusters: readonly object[]): App {
  // CDK's own layers are 50 MB, which need not be copied for each test.
  const context = { ...CDK_CONTEXT, 'aws:cdk:disable-asset-staging': true, clusters };
  const outdir = temporaryFolder();
  return createRefresherApp(
    { context, outdir },
    {
      createCode: () => Code.fromInline('exports.handler = () => {};'),
      writeChart: (folder) => writeFileSync(join(folder, 'Chart.yaml'), 'name: stand-in\n'),
    },
  );
}

/** The only stack of an app. */
export function onlyStack(app: App): RefresherStack {
  const [stack, ...more] = app.node.children.filter((child) => child instanceof RefresherStack);
  if (stack === undefined || more.length > 0) throw new Error('the app has not exactly one stack');
  return stack;
}

/** The template of one cluster, its settings beside a name and a role pattern as given. */
export function templateOf(settings: object = {}): Template {
  return Template.fromStack(onlyStack(appOf({ ...CLUSTER, ...settings })));
}

/** The least that a cluster needs, and no chart: what installs it is CDK's own, with a test for itself. */
export const CLUSTER = {
  clusterName: 'production',
  assumableRoles: ['app-*'],
  installChart: false,
};

/** An account and a region, so that templates have few references. */
export const ENVIRONMENT_OF_STACK = { account: '123456789012', region: 'eu-central-1' };
