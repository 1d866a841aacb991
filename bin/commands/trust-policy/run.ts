import { createGuard } from '../../../lambda/decide/guard.ts';
import { type ClusterConfig, readClusterConfig } from '../../cluster/cluster-config.ts';
import type { ConfigOptions } from '../../cluster/cluster-options.ts';
import { roleArnFrom } from '../../cluster/role-arn.ts';
import type { Screen } from '../../terminal/screen.ts';
import { intermediateTrustPolicy, trustPolicy } from './trust-policy.ts';

export interface TrustPolicyOptions extends ConfigOptions {
  /** The namespace to bind the role to. */
  readonly namespace?: string;
}

/** Prints the trust policy to put on a role. What there is to say of it goes to standard error. */
export async function printTrustPolicy(
  screen: Screen,
  role: string | undefined,
  options: TrustPolicyOptions,
): Promise<void> {
  const { namespace } = options;
  const cluster = await readClusterConfig(options);
  const { config } = cluster;
  const roleArn = role === undefined ? undefined : roleArnFrom(config.policy.baseRoleArn, role);
  const isIntermediate = roleArn !== undefined && roleArn === config.sessions.intermediateRoleArn;
  const input = { ...cluster, namespace };
  screen.json(isIntermediate ? intermediateTrustPolicy(input) : trustPolicy(input));
  if (roleArn !== undefined && !isIntermediate) noteCoverage(screen, cluster, roleArn);
  if (isIntermediate)
    screen.note(
      `${roleArn} is the intermediate role: this one is for the refresher, not for pods.`,
    );
  if (screen.isWatched) noteHowToApply(screen, roleArn);
}

/** Whether the stack lets pods have the role: the guard's own answer, namespaces aside. */
function noteCoverage(screen: Screen, { config, source }: ClusterConfig, roleArn: string): void {
  const judge = createGuard(
    { ...config.policy, namespaceRestrictions: 'off' },
    { items: [], seen: 0 },
  );
  const verdict = judge('default', roleArn, 'awsIamRole');
  if (verdict.kind === 'refused') {
    screen.note({ style: 'yellow', text: `warning: pods will not get it: ${verdict.message}` });
  } else {
    screen.note(`${roleArn} is covered by assumableRoles (${source}).`);
  }
}

function noteHowToApply(screen: Screen, roleArn: string | undefined): void {
  const name = roleArn?.split('/').at(-1) ?? 'ROLE';
  screen.note(
    `To put it on the role, which replaces all of its trust policy, save it to a file and run: aws iam update-assume-role-policy --role-name ${name} --policy-document file://FILE`,
  );
}
