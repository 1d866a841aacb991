import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { createRefresherApp } from '../../../infra/refresher-app.ts';
import { RefresherStack } from '../../../infra/refresher-stack.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** `context` of the project's `cdk.json`: feature flags and the example. */
export const CDK_CONTEXT: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../cdk.json'), 'utf8'),
).context;

/** Creates the app of clusters with placeholders for the functions' code and the chart, so that nothing is bundled. */
export function appOf(...clusters: readonly object[]): App {
  return appWith({}, ...clusters);
}

/** Creates the app of clusters as {@link appOf}, with more CDK context. */
export function appWith(more: object, ...clusters: readonly object[]): App {
  // CDK's layers have 50 MB, which do not have to be copied.
  const context = { ...CDK_CONTEXT, 'aws:cdk:disable-asset-staging': true, ...more, clusters };
  const outdir = temporaryFolder();
  return createRefresherApp(
    { context, outdir },
    {
      createCode: () => Code.fromInline('exports.handler = () => {};'),
      writeChart: (folder) => writeFileSync(join(folder, 'Chart.yaml'), 'name: stand-in\n'),
    },
  );
}

/** Returns the only stack of an app. */
export function onlyStack(app: App): RefresherStack {
  const [stack, ...more] = app.node.children.filter((child) => child instanceof RefresherStack);
  if (stack === undefined || more.length > 0)
    throw new Error('the app must have exactly one stack');
  return stack;
}

/** Synthesizes the template of one cluster: {@link CLUSTER} with `settings`. */
export function templateOf(settings: object = {}): Template {
  return Template.fromStack(onlyStack(appOf({ ...CLUSTER, ...settings })));
}

/** Minimal settings, without the chart: CDK's constructs install it, and have a test of their own. */
export const CLUSTER = {
  clusterName: 'production',
  assumableRoles: ['app-*'],
  installChart: false,
};

/** An account and a region, which keep references out of templates. */
export const ENVIRONMENT_OF_STACK = { account: '123456789012', region: 'eu-central-1' };
