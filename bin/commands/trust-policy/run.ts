import { createGuard } from '../../../lambda/decide/guard.ts';
import { shellCommand } from '../../../tools/terminal/shell-quote.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { type ClusterConfig, resolveRoleArgument } from '../../cluster/cluster-config.ts';
import { readClusterConfig } from '../../cluster/read-cluster-config.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import { clusterAmbiguity, intermediateTrustPolicy, trustPolicy } from './trust-policy.ts';

export interface TrustPolicyOptions extends ConfigOptions {
  /** Limit the role to this namespace. */
  readonly namespace?: string;
}

/** Prints the trust policy for a role; notes go to standard error. */
export async function printTrustPolicy(
  terminal: Terminal,
  role: string | undefined,
  options: TrustPolicyOptions,
): Promise<void> {
  const { namespace } = options;
  const cluster = await readClusterConfig(options);
  const { config } = cluster;
  const roleArn =
    role === undefined ? undefined : resolveRoleArgument(config.policy.baseRoleArn, role);
  const isIntermediate = roleArn !== undefined && roleArn === config.sessions.intermediateRoleArn;
  const input = { ...cluster, namespace };
  const ambiguity = isIntermediate ? undefined : clusterAmbiguity(input);
  if (ambiguity !== undefined) terminal.note({ style: 'yellow', text: `warning: ${ambiguity}` });
  terminal.json(isIntermediate ? intermediateTrustPolicy(input) : trustPolicy(input));
  if (isIntermediate) {
    terminal.note(`${roleArn} is the intermediate role: only the refresher assumes it, not pods.`);
  } else if (roleArn !== undefined) {
    noteCoverage(terminal, cluster, roleArn);
  }
  if (terminal.isInteractive) noteHowToApply(terminal, roleArn);
}

/** Notes whether the stack allows pods to use the role, regardless of namespaces. */
function noteCoverage(
  terminal: Terminal,
  { config, source }: ClusterConfig,
  roleArn: string,
): void {
  const judge = createGuard(
    { ...config.policy, namespaceRestrictions: 'off' },
    { items: [], seen: 0 },
  );
  const decision = judge('default', roleArn, 'awsIamRole');
  if (decision.kind === 'refused') {
    terminal.note({
      style: 'yellow',
      text: `warning: pods cannot use this role: ${decision.message}`,
    });
  } else {
    terminal.note(`${roleArn} is covered by assumableRoles (${source}).`);
  }
}

function noteHowToApply(terminal: Terminal, roleArn: string | undefined): void {
  const name = roleArn?.split('/').at(-1) ?? 'ROLE';
  terminal.note(
    shellCommand`To replace the trust policy of the role with this one, save it to a file and run: aws iam update-assume-role-policy --role-name ${name} --policy-document file://FILE`,
  );
}
