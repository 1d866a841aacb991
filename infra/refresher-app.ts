import { App, type AppProps, Validations } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfig } from './config.ts';
import { functionsCode } from './functions-code.ts';
import { stackNameOf } from './names.ts';
import { RefresherStack } from './refresher-stack.ts';
import type { ClusterSettings } from './settings.ts';

/**
 * The CDK app: a stack for each configured cluster, checked at synthesis against the AwsSolutions rules. It needs no AWS
 * account and looks nothing up.
 *
 * @param props - of the app; `context` stands in for `cdk.json` where the CDK command line does not run
 * @param createCode - makes the functions' code, one for each stack
 * @throws {SettingsError} when the settings are not right
 */
export function createRefresherApp(
  props: AppProps = {},
  createCode: () => Code = functionsCode,
): App {
  const app = new App(props);
  const clusters = readConfig(app.node.getAllContext());
  for (const settings of clusters) {
    new RefresherStack(app, stackId(settings, clusters), {
      settings,
      code: createCode(),
      env: {
        ...(settings.account === undefined ? {} : { account: settings.account }),
        ...(settings.region === undefined ? {} : { region: settings.region }),
      },
    });
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** How the command line names a stack: as CloudFormation does, with account and region where that is not unique. */
function stackId(settings: ClusterSettings, clusters: readonly ClusterSettings[]): string {
  const name = stackNameOf(settings.clusterName);
  const namesakes = clusters.filter((other) => stackNameOf(other.clusterName) === name);
  return namesakes.length === 1 ? name : [name, settings.account, settings.region].join('-');
}
