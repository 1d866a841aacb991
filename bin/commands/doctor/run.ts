import { EKSClient } from '@aws-sdk/client-eks';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { STSClient } from '@aws-sdk/client-sts';
import { errorMessageOf } from '../../../contract/errors.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { ClosableConnection } from '../../../kubernetes/kubernetes-connection.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { readCdkJson } from '../../cluster/cdk-json.ts';
import { cdkDefaults, resolveRegion } from '../../cluster/region-and-account.ts';
import { EXIT } from '../../exit-code.ts';
import { connectKubeconfig } from '../../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../../kubeconfig/load-kubeconfig.ts';
import { createLambdaClient } from '../../lambda/call-lambda.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { CHECKS } from './all-checks.ts';
import { type CheckResult, failed, ok } from './check.ts';
import { diagnosisOf } from './diagnosis.ts';
import { printResult, printSummary } from './print-results.ts';
import { createAwsReader } from './readers/aws-reader.ts';
import { createClusterReader } from './readers/cluster-reader.ts';
import { type Progress, runChecks, skipChecks } from './run-checks.ts';

export interface DoctorOptions extends ClusterOptions, KubeconfigOptions, OutputOptions {}

/** Examines a cluster and prints results as they arrive. Returns the exit code: 1 when a check failed. */
export async function runDoctor(terminal: Terminal, options: DoctorOptions): Promise<number> {
  const isTable = options.output === 'table';
  const results = await examine(options, {
    during: (title, work) => terminal.withSpinner(title, work),
    report: (result) => {
      if (isTable) printResult(terminal, result);
    },
  });
  const { first, ...diagnosis } = diagnosisOf(results);
  if (isTable) printSummary(terminal, diagnosis.summary, first);
  else terminal.json({ ...diagnosis, checks: results });
  return diagnosis.ok ? EXIT.ok : EXIT.error;
}

/** In milliseconds. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

const SETTINGS_CHECK = { id: 'settings', title: 'settings' } as const;

/** Runs all checks as the caller, from the settings to the forwarder. */
export async function examine(
  options: ClusterOptions & KubeconfigOptions,
  progress: Progress,
): Promise<readonly CheckResult[]> {
  const settings = await readSettings(options);
  const { result } = settings;
  progress.report(result);
  if (!('region' in settings)) return [result, ...skipChecks(CHECKS, result, progress)];
  const opened: ClosableConnection[] = [];
  try {
    const context = { ...settings, ...createReaders(settings.region, options, opened) };
    return [result, ...(await runChecks(CHECKS, context, progress))];
  } finally {
    for (const connection of opened) await connection.close();
  }
}

type SettingsResult =
  | { readonly result: CheckResult }
  | { readonly result: CheckResult; readonly settings: ClusterSettings; readonly region: string };

async function readSettings(options: ClusterOptions): Promise<SettingsResult> {
  try {
    const found = readCdkJson(options.cluster);
    const region = await resolveRegion(found, options, cdkDefaults);
    // The suggested commands need --region if this one was called with it.
    const settings = options.region === undefined ? found : { ...found, region };
    const { clusterName, account = 'the account of your credentials' } = settings;
    const result = {
      ...SETTINGS_CHECK,
      ...ok(`cluster "${clusterName}" in ${region}, ${account}`),
    };
    return { result, settings, region };
  } catch (error) {
    const message = errorMessageOf(error);
    const remedy = 'fix cdk.json or the command-line options';
    return { result: { ...SETTINGS_CHECK, ...failed(message, remedy) } };
  }
}

function createReaders(region: string, options: KubeconfigOptions, opened: ClosableConnection[]) {
  const config = { region, requestHandler: TIMEOUTS };
  return {
    now: () => new Date(),
    aws: createAwsReader({
      sts: new STSClient(config),
      eks: new EKSClient(config),
      lambda: createLambdaClient(region),
      scheduler: new SchedulerClient(config),
    }),
    cluster: createClusterReader(async () => {
      const context = loadKubeconfig(options);
      const connection = await connectKubeconfig(context);
      opened.push(connection);
      const { name, server } = context.cluster;
      return { context: context.name, clusterName: name, server, connection };
    }),
  };
}
