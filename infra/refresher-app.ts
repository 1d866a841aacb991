import { App, type AppProps, Validations } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { writeChart } from './chart/chart-files.ts';
import { functionsCode } from './functions/functions-code.ts';
import { stackNameOf } from './names.ts';
import { RefresherStack } from './refresher-stack.ts';
import { readClusterSettings } from './settings/read-cluster-settings.ts';
import type { ClusterSettings } from './settings/cluster-settings.ts';

/** How what is deployed besides the template is made. */
export interface AppAssets {
  /** Makes the functions' code, one for each stack. */
  readonly createCode: () => Code;
  /** Makes the Helm chart in a folder. */
  readonly writeChart: (folder: string) => void;
}

/**
 * The CDK app: a stack for each configured cluster, checked at synthesis against the AwsSolutions rules. It needs no AWS
 * account and looks nothing up.
 *
 * @param props - of the app; `context` stands in for `cdk.json` where the CDK command line does not run
 * @param assets - from source, when nothing is said
 * @throws {SettingsError} when the settings are not right
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
  // cdk-nag reads a property that CDK has deprecated, and nobody who deploys can do anything about the warning.
  process.env['JSII_DEPRECATED'] ??= 'quiet';
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** How the command line names a stack: as CloudFormation does, with account and region where that is not unique. */
function stackId(settings: ClusterSettings, clusters: readonly ClusterSettings[]): string {
  const name = stackNameOf(settings.clusterName);
  const namesakes = clusters.filter((other) => stackNameOf(other.clusterName) === name);
  return namesakes.length === 1 ? name : [name, settings.account, settings.region].join('-');
}
