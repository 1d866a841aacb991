import { EKSClient } from '@aws-sdk/client-eks';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { errorMessageOf } from '../../../contract/errors.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { ClosableConnection } from '../../../kubernetes/kubernetes-connection.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import type { AwsAccess } from '../../aws/assumed-role.ts';
import { awsClientConfig } from '../../aws/aws-client-config.ts';
import { readCdkJson } from '../../cluster/cdk-json.ts';
import { cdkDefaults, configuredAccount, resolveRegion } from '../../cluster/region-and-account.ts';
import { EXIT } from '../../exit-code.ts';
import { connectKubeconfig } from '../../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../../kubeconfig/load-kubeconfig.ts';
import { createLambdaClient } from '../../lambda/call-lambda.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';
import type { FleetOptions } from '../../options/fleet-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { checksFor } from './all-checks.ts';
import { type CheckResult, failed, ok } from './check.ts';
import { diagnosisOf } from './diagnosis.ts';
import { printDiagnosis } from './print-results.ts';
import { createAwsReader } from './readers/aws-reader.ts';
import { refresherCheck } from './readers/check-refresher.ts';
import { createClusterReader } from './readers/cluster-reader.ts';
import { type Progress, runChecks, skipChecks } from './run-checks.ts';

export interface DoctorOptions
  extends ClusterOptions,
    FleetOptions,
    KubeconfigOptions,
    OutputOptions {}

/** Examines a cluster and prints the results. Returns the exit code: 1 when a check failed. */
export async function runDoctor(terminal: Terminal, options: DoctorOptions): Promise<number> {
  const results = await examine(options, (title, work) => terminal.withSpinner(title, work));
  const diagnosis = diagnosisOf(results);
  if (options.output === 'table') printDiagnosis(terminal, results, diagnosis);
  else terminal.json(diagnosisJson(results));
  return diagnosis.ok ? EXIT.ok : EXIT.error;
}

/** The results of a cluster as `--output json` prints them. */
export function diagnosisJson(results: readonly CheckResult[]) {
  const diagnosis = diagnosisOf(results);
  return { ...diagnosis, first: diagnosis.first?.id, checks: results };
}

/** In milliseconds. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000 };

/** The cluster of invalid settings. */
const UNKNOWN = { kind: 'eks', runsIn: 'lambda' } as const;

const SETTINGS_CHECK = { id: 'settings', title: 'settings' } as const;

/** Runs all checks as the caller, from the settings to the forwarder. */
export async function examine(
  options: ClusterOptions & KubeconfigOptions,
  during: Progress,
): Promise<readonly CheckResult[]> {
  const settings = await readSettings(options);
  const { result } = settings;
  if (!('region' in settings)) return [result, ...skipChecks(checksFor(UNKNOWN), result)];
  const opened: ClosableConnection[] = [];
  try {
    const readers = createReaders(settings, options, opened);
    const context = { ...settings, ...readers };
    const check = refresherCheck(context);
    const checks = checksFor(settings.settings);
    return [result, ...(await runChecks(checks, { ...context, check }, during))];
  } finally {
    for (const connection of opened) await connection.close();
  }
}

type SettingsResult =
  | { readonly result: CheckResult }
  | { readonly result: CheckResult; readonly settings: ClusterSettings; readonly region: string };

async function readSettings(options: ClusterOptions): Promise<SettingsResult> {
  try {
    const found = readCdkJson(options);
    const region = await resolveRegion(found, options, cdkDefaults);
    const account = configuredAccount(found, options);
    // The suggested commands need --region and --account if this one was called with them.
    const settings = {
      ...found,
      ...(options.region === undefined ? {} : { region }),
      ...(account === undefined ? {} : { account }),
      ...(options.account === undefined ? {} : { selectedAccount: options.account }),
    };
    const { clusterName } = settings;
    const result = {
      ...SETTINGS_CHECK,
      ...ok(
        `cluster "${clusterName}" in ${region}, ${account ?? 'the account of your credentials'}`,
      ),
    };
    return { result, settings, region };
  } catch (error) {
    const message = errorMessageOf(error);
    const remedy = 'fix cdk.json or the command-line options';
    return { result: { ...SETTINGS_CHECK, ...failed(message, remedy) } };
  }
}

function createReaders(
  { region, settings: { account } }: { readonly region: string; readonly settings: AwsAccess },
  options: AwsAccess & KubeconfigOptions,
  opened: ClosableConnection[],
) {
  const access = { account, roleName: options.roleName };
  const config = awsClientConfig(region, TIMEOUTS, access);
  return {
    now: () => new Date(),
    aws: createAwsReader({
      sts: new STSClient(config),
      eks: new EKSClient(config),
      lambda: createLambdaClient(region, access),
      scheduler: new SchedulerClient(config),
      secrets: new SecretsManagerClient(config),
    }),
    cluster: createClusterReader(async () => {
      const context = loadKubeconfig(options);
      const connection = await connectKubeconfig(context);
      opened.push(connection);
      const { name, server } = context.cluster;
      return { context: context.name, clusterName: name, server, connection, loaded: context };
    }),
  };
}
