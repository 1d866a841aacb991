import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App, type AppProps, type StageSynthesisOptions } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { codeOf, writeChart } from './chart/chart-files.ts';
import { createFleetStacks } from './fleet/fleet-stacks.ts';
import { functionsCode } from './functions/functions-code.ts';
import { InClusterStack } from './in-cluster-stack.ts';
import { addNagPacks } from './nag-packs.ts';
import { stackIdOf } from './names.ts';
import { RefresherStack } from './refresher-stack.ts';
import type { ClusterSettings } from './settings/cluster-settings.ts';
import { readAppSettings } from './settings/read-app-settings.ts';
import { readClusterSettings } from './settings/read-cluster-settings.ts';

/** Creates the assets that are deployed with the template. */
interface AppAssets {
  /** Creates the code of the functions; called once for each stack with functions. */
  readonly createCode: () => Code;
  /** Writes the Helm chart of a cluster to a folder. */
  readonly writeChart: (folder: string, settings: ClusterSettings) => void;
}

/**
 * Creates the CDK app: one stack for each configured cluster, and those that monitor the fleet if that is configured, checked
 * during synthesis against the rules of cdk-nag. Synthesis needs no AWS account and looks nothing up.
 *
 * @param props - of the app; `context` replaces `cdk.json` if the app does not run in the CDK CLI
 * @param assets - built from source by default
 * @throws {SettingsError} if the settings are invalid
 */
export function createRefresherApp(
  props: AppProps = {},
  assets: AppAssets = {
    createCode: functionsCode,
    writeChart: (folder, settings) => writeChart(folder, codeOf(settings)),
  },
): App {
  const app = new ReadableAssetsApp(props);
  const context = app.node.getAllContext();
  const clusters = readClusterSettings(context);
  const appSettings = readAppSettings(context);
  for (const settings of clusters) {
    const id = stackIdOf(settings, clusters);
    const props = {
      settings,
      writeChart: (folder: string) => assets.writeChart(folder, settings),
      env: {
        ...(settings.account === undefined ? {} : { account: settings.account }),
        ...(settings.region === undefined ? {} : { region: settings.region }),
      },
    };
    if (settings.runsIn === 'cluster') new InClusterStack(app, id, props);
    else new RefresherStack(app, id, { ...props, code: assets.createCode() });
  }
  if (appSettings.fleet !== undefined) createFleetStacks(app, appSettings.fleet, clusters);
  addNagPacks(app, appSettings);
  return app;
}

/**
 * An app whose assets do not depend on the umask of the machine. Lambda runs a function as another user than the owner of
 * its files, with the modes that they had during synthesis. The key of an asset is the hash of its contents without modes, so
 * an asset that was uploaded with wrong modes is never replaced.
 */
class ReadableAssetsApp extends App {
  override synth(options?: StageSynthesisOptions): CloudAssembly {
    const assembly = super.synth(options);
    for (const entry of readdirSync(assembly.directory, { withFileTypes: true })) {
      if (entry.isDirectory() && entry.name.startsWith('asset.')) {
        makeReadable(join(assembly.directory, entry.name));
      }
    }
    return assembly;
  }
}

/** Sets the mode of a folder and all folders in it to 0755, and of files to 0644, or 0755 if the owner can execute them. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
