import { PASS } from '../../../contract/pass.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { readClusterConfig } from '../../cluster/cluster-config.ts';
import { roleArnFrom } from '../../cluster/role-arn.ts';
import { EXIT } from '../../exit-code.ts';
import { askLambda } from '../../lambda/ask-lambda.ts';
import { connectFunctions } from '../../lambda/function-client.ts';
import { invokeFunction } from '../../lambda/invoke-function.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { isDone, type RenewalReport, renewalReport } from './renewal-report.ts';

export interface RenewOptions extends ConfigOptions, OutputOptions {
  /** Name or ARN of the role whose sessions were revoked. */
  readonly role: string;
}

/** Has the credentials of a role renewed now, and returns the exit code: 1 when not all of them were. */
export async function renewRole(terminal: Terminal, options: RenewOptions): Promise<number> {
  const { config, account } = await readClusterConfig(options);
  const { clusterName, region } = config;
  const roleArn = roleArnFrom(config.policy.baseRoleArn, options.role);
  const lambda = connectFunctions(region);
  const invocation = await terminal.withSpinner(`Renew ${roleArn}`, () =>
    askLambda({
      place: { clusterName, region, account },
      name: 'refresh',
      permission: 'lambda:InvokeFunction',
      send: (name) => invokeFunction(lambda, name, { pass: PASS.refresh, renew: roleArn }),
    }),
  );
  const report = renewalReport(invocation, { roleArn, cluster: clusterName, account, region });
  if (options.output === 'json') terminal.json(report);
  else showRenewal(terminal, report);
  return isDone(report) ? EXIT.ok : EXIT.wrong;
}

function showRenewal(terminal: Terminal, report: RenewalReport): void {
  const { roleArn, cluster, renewed, notRenewed } = report;
  terminal.line(
    renewed === 0 && notRenewed.length === 0
      ? `Cluster ${cluster} has no Secret of ${roleArn}.`
      : `Secrets of ${roleArn} in cluster ${cluster}: ${renewed} renewed, ${notRenewed.length} not.`,
  );
  for (const { result, namespace, secret, reason, explanation } of notRenewed) {
    const text = `${result}: ${namespace}/${secret}: ${reason}: ${explanation}`;
    terminal.line({ text, style: result === 'refused' ? 'yellow' : 'red' });
  }
  if (!isDone(report)) terminal.line('Not all was renewed: mend what is said, and renew again.');
  if (renewed > 0) terminal.line(DELIVERY);
}

const DELIVERY =
  'Kubelets deliver the new files within about two minutes. A process that keeps credentials in memory goes on with the ' +
  'revoked ones until its SDK reads the file again, at the latest when they end: restart what cannot wait (kubectl rollout restart).';
