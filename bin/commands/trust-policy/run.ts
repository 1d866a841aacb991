import { createGuard } from '../../../lambda/decide/guard.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { type ClusterConfig, readClusterConfig } from '../../cluster/cluster-config.ts';
import { roleArnFrom } from '../../cluster/role-arn.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import { intermediateTrustPolicy, trustPolicy } from './trust-policy.ts';

export interface TrustPolicyOptions extends ConfigOptions {
  /** The namespace to bind the role to. */
  readonly namespace?: string;
}

/** Prints the trust policy to put on a role. What there is to say of it goes to standard error. */
export async function printTrustPolicy(
  terminal: Terminal,
  role: string | undefined,
  options: TrustPolicyOptions,
): Promise<void> {
  const { namespace } = options;
  const cluster = await readClusterConfig(options);
  const { config } = cluster;
  const roleArn = role === undefined ? undefined : roleArnFrom(config.policy.baseRoleArn, role);
  const isIntermediate = roleArn !== undefined && roleArn === config.sessions.intermediateRoleArn;
  const input = { ...cluster, namespace };
  terminal.json(isIntermediate ? intermediateTrustPolicy(input) : trustPolicy(input));
  if (roleArn !== undefined && !isIntermediate) noteCoverage(terminal, cluster, roleArn);
  if (isIntermediate)
    terminal.note(
      `${roleArn} is the intermediate role: this one is for the refresher, not for pods.`,
    );
  if (terminal.isInteractive) noteHowToApply(terminal, roleArn);
}

/** Whether the stack lets pods have the role: the guard's own answer, namespaces aside. */
function noteCoverage(
  terminal: Terminal,
  { config, source }: ClusterConfig,
  roleArn: string,
): void {
  const judge = createGuard(
    { ...config.policy, namespaceRestrictions: 'off' },
    { items: [], seen: 0 },
  );
  const verdict = judge('default', roleArn, 'awsIamRole');
  if (verdict.kind === 'refused') {
    terminal.note({ style: 'yellow', text: `warning: pods will not get it: ${verdict.message}` });
  } else {
    terminal.note(`${roleArn} is covered by assumableRoles (${source}).`);
  }
}

function noteHowToApply(terminal: Terminal, roleArn: string | undefined): void {
  const name = roleArn?.split('/').at(-1) ?? 'ROLE';
  terminal.note(
    `To put it on the role, which replaces all of its trust policy, save it to a file and run: aws iam update-assume-role-policy --role-name ${name} --policy-document file://FILE`,
  );
}
