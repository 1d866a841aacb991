import { TOKEN_AUDIENCE } from '../../../contract/aws/oidc-provider.ts';
import { CHAINED_SESSION_SECONDS } from '../../../contract/limits.ts';
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
  const [, partition = '', , , account = ''] = (roleArn ?? config.policy.baseRoleArn).split(':');
  const input = { ...cluster, namespace, roleOwner: { partition, account } };
  const ambiguity = isIntermediate ? undefined : clusterAmbiguity(input);
  if (ambiguity !== undefined) terminal.note({ style: 'yellow', text: `warning: ${ambiguity}` });
  terminal.json(isIntermediate ? intermediateTrustPolicy(input) : trustPolicy(input));
  if (isIntermediate) {
    terminal.note(`${roleArn} is the intermediate role: only the refresher assumes it, not pods.`);
  } else if (roleArn !== undefined) {
    noteCoverage(terminal, cluster, roleArn);
  }
  if (config.sessions.issuer !== undefined) {
    noteIdentity(terminal, config.sessions.issuer, { account, roleArn, ...config.sessions });
  }
  if (terminal.isInteractive) noteHowToApply(terminal, roleArn);
}

interface IdentityNotes {
  readonly account: string;
  readonly roleArn: string | undefined;
  /** How long sessions last. */
  readonly seconds: number;
}

/** Prints what the account and the role also need when the identity of the cluster opens sessions. */
function noteIdentity(
  terminal: Terminal,
  issuer: string,
  { account, roleArn, seconds }: IdentityNotes,
): void {
  terminal.note(
    shellCommand`Account ${account} must know the issuer of the cluster. Register it once: aws iam create-open-id-connect-provider --url ${issuer} --client-id-list ${TOKEN_AUDIENCE}`,
  );
  if (seconds <= CHAINED_SESSION_SECONDS) return;
  terminal.note(
    shellCommand`The role must allow sessions of ${String(seconds / 3_600)} hours: aws iam update-role --role-name ${nameOf(roleArn)} --max-session-duration ${String(seconds)}`,
  );
}

function nameOf(roleArn: string | undefined): string {
  return roleArn?.split('/').at(-1) ?? 'ROLE';
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
  terminal.note(
    shellCommand`To replace the trust policy of the role with this one, save it to a file and run: aws iam update-assume-role-policy --role-name ${nameOf(roleArn)} --policy-document file://FILE`,
  );
}
