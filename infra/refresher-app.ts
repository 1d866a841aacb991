import { App, type AppProps, Validations } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { writeChart } from './chart/chart-files.ts';
import { functionsCode } from './functions/functions-code.ts';
import { stackNameOf } from './names.ts';
import { RefresherStack } from './refresher-stack.ts';
import type { ClusterSettings } from './settings/cluster-settings.ts';
import { readClusterSettings } from './settings/read-cluster-settings.ts';

/** Creates the assets that are deployed with the template. */
interface AppAssets {
  /** Creates the code of the functions; called once for each stack. */
  readonly createCode: () => Code;
  /** Writes the Helm chart to a folder. */
  readonly writeChart: (folder: string) => void;
}

/**
 * Creates the CDK app: one stack for each configured cluster, checked during synthesis against the AwsSolutions rules of
 * cdk-nag. Synthesis needs no AWS account and looks nothing up.
 *
 * @param props - of the app; `context` replaces `cdk.json` if the app does not run in the CDK CLI
 * @param assets - built from source by default
 * @throws {SettingsError} if the settings are invalid
 */
export function createRefresherApp(
  props: AppProps = {},
  assets: AppAssets = { createCode: functionsCode, writeChart },
): App {
  const app = new App(props);
  const clusters = readClusterSettings(app.node.getAllContext());
  for (const settings of clusters) {
    new RefresherStack(app, stackId(settings, clusters), {
      settings,
      code: assets.createCode(),
      writeChart: assets.writeChart,
      env: {
        ...(settings.account === undefined ? {} : { account: settings.account }),
        ...(settings.region === undefined ? {} : { region: settings.region }),
      },
    });
  }
  // cdk-nag reads a deprecated property of CDK, and users cannot do anything about the warning.
  process.env['JSII_DEPRECATED'] ??= 'quiet';
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** ID of a stack in the CDK CLI: its name, with account and region if several clusters have the same name. */
function stackId(settings: ClusterSettings, clusters: readonly ClusterSettings[]): string {
  const name = stackNameOf(settings.clusterName);
  const sameName = clusters.filter((other) => stackNameOf(other.clusterName) === name);
  return sameName.length === 1 ? name : [name, settings.account, settings.region].join('-');
}
