import { PASS } from '../../../contract/pass.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { resolveRoleArgument } from '../../cluster/cluster-config.ts';
import { readClusterConfig } from '../../cluster/read-cluster-config.ts';
import { EXIT } from '../../exit-code.ts';
import { requestInCluster } from '../../in-cluster/request-in-cluster.ts';
import { callLambda, createLambdaClient } from '../../lambda/call-lambda.ts';
import { invokeFunction } from '../../lambda/invoke-function.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { FleetOptions } from '../../options/fleet-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { isComplete, type RenewalReport, renewalReport } from './renewal-report.ts';

export interface RenewOptions
  extends ConfigOptions,
    FleetOptions,
    KubeconfigOptions,
    OutputOptions {
  /** Name or ARN of the role whose sessions were revoked. */
  readonly role: string;
}

/** Renews all credentials of a role. Returns the exit code: 1 when some were not renewed. */
export async function renewRole(terminal: Terminal, options: RenewOptions): Promise<number> {
  const report = await terminal.withSpinner(`Renewing ${options.role}`, () => renewIn(options));
  if (options.output === 'json') terminal.json(report);
  else printRenewal(terminal, report);
  return isComplete(report) ? EXIT.ok : EXIT.error;
}

/** Renews all credentials of a role in one cluster. */
export async function renewIn(options: RenewOptions): Promise<RenewalReport> {
  const { config, account, runsIn } = await readClusterConfig(options);
  const { clusterName, region } = config;
  const roleArn = resolveRoleArgument(config.policy.baseRoleArn, options.role);
  const event = { pass: PASS.refresh, renew: roleArn };
  const location = { clusterName, region, account };
  const invocation =
    runsIn === 'cluster'
      ? await requestInCluster(options, location, event)
      : await callLambda({
          location,
          name: 'refresh',
          permission: 'lambda:InvokeFunction',
          send: (name) =>
            invokeFunction(createLambdaClient(region, { ...options, account }), name, event),
        });
  return renewalReport(invocation, { roleArn, cluster: clusterName, account, region });
}

function printRenewal(terminal: Terminal, report: RenewalReport): void {
  const { roleArn, cluster, renewed, notRenewed, omitted = 0 } = report;
  terminal.line(
    renewed === 0 && notRenewed.length === 0
      ? `Cluster ${cluster} has no Secret of ${roleArn}.`
      : `Secrets of ${roleArn} in cluster ${cluster}: ${renewed} renewed, ${notRenewed.length} not renewed.`,
  );
  for (const { result, namespace, secret, reason, explanation } of notRenewed) {
    const text = `${result}: ${namespace}/${secret}: ${reason}: ${explanation}`;
    terminal.line({ text, style: result === 'refused' ? 'yellow' : 'red' });
  }
  if (omitted > 0) {
    terminal.line({
      text: `and up to ${omitted} more, which the refresher left out of its response: see its log (kubectl logs deployment/kube-aws-iam-refresher --namespace kube-aws-iam)`,
      style: 'red',
    });
  }
  if (!isComplete(report)) terminal.line('Fix the problems above, and run renew again.');
  if (renewed > 0) terminal.line(DELIVERY);
}

/** When pods see the new credentials. */
export const DELIVERY =
  'Kubelets update the mounted files within about two minutes. A process that caches credentials uses the revoked ones until ' +
  'its SDK reads the file again, at the latest when they expire. Restart what cannot wait (kubectl rollout restart).';
