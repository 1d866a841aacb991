import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import type { Style } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { withCluster } from '../../cluster/with-cluster.ts';
import { EXIT } from '../../exit-code.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { noteIncomplete } from '../../planning/incomplete.ts';
import type { Conclusion } from './conclude-pod.ts';
import { type AwsIamRoleExplanation, explainAwsIamRole } from './explain-awsiamrole.ts';
import { explainPod, type PodExplanation } from './explain-pod.ts';
import type { SecretExplanation } from './explain-secret.ts';
import type { Outcome } from './judge-secret.ts';
import type { SecretMount } from './pod-object.ts';

export interface ExplainOptions extends ConfigOptions, KubeconfigOptions, OutputOptions {
  /** @default - the namespace of the kubeconfig's context */
  readonly namespace?: string;
}

export type ExplainedKind = 'pod' | 'awsiamrole';

/** The explanation of a pod or an AWSIAMRole, as it is printed. */
interface Explanation extends Conclusion {
  readonly at: string;
  readonly title: string;
  readonly secrets: readonly (SecretExplanation & { readonly mounts?: readonly SecretMount[] })[];
  readonly notExplained?: number;
  /** The JSON document. */
  readonly document: PodExplanation | AwsIamRoleExplanation;
}

/** Explains a pod or an AWSIAMRole. Returns the exit code: 1 when something could not be read. */
export async function showExplanation(
  terminal: Terminal,
  kind: ExplainedKind,
  name: string,
  options: ExplainOptions,
): Promise<number> {
  const explanation = await terminal.withSpinner('Reading the cluster', () =>
    withCluster(options, async (cluster) => {
      const named = { namespace: options.namespace ?? cluster.namespace, name };
      return kind === 'pod'
        ? ofPod(await explainPod(cluster, named))
        : ofAwsIamRole(await explainAwsIamRole(cluster, named));
    }),
  );
  if (options.output === 'json') terminal.json(explanation.document);
  else printExplanation(terminal, explanation);
  const incomplete = [...new Set(explanation.secrets.flatMap((secret) => secret.incomplete))];
  noteIncomplete(terminal, incomplete);
  return incomplete.length > 0 ? EXIT.error : EXIT.ok;
}

function ofPod(document: PodExplanation): Explanation {
  const { namespace, pod, phase, isTerminating, annotation } = document;
  const terminating = isTerminating ? ', terminating' : '';
  const annotated = annotation === undefined ? '' : `, annotated with role ${annotation}`;
  return {
    ...document,
    title: `Pod ${namespace}/${pod} (${phase}${terminating}${annotated})`,
    document,
  };
}

function ofAwsIamRole(document: AwsIamRoleExplanation): Explanation {
  const { namespace, name, roleReference, ready, secret, ...rest } = document;
  const condition =
    ready === undefined ? 'no condition yet' : `Ready ${ready.status}: ${ready.message}`;
  return {
    ...rest,
    title: `AWSIAMRole ${namespace}/${name} (role ${roleReference}; ${condition})`,
    secrets: secret === undefined ? [] : [secret],
    document,
  };
}

const STYLES: Readonly<Record<Outcome, Style>> = {
  withheld: 'red',
  failing: 'red',
  undecided: 'yellow',
  waiting: 'yellow',
  given: 'green',
  own: 'green',
};

function printExplanation(
  terminal: Terminal,
  { at, title, secrets, notExplained = 0, conclusion, next }: Explanation,
): void {
  terminal.line({ text: title, style: 'bold' });
  for (const secret of secrets) {
    terminal.line();
    terminal.line({
      text: `Secret ${secret.secret}: ${secret.outcome}`,
      style: STYLES[secret.outcome],
    });
    for (const [label, text] of factsOf(secret, new Date(at)))
      terminal.line(`  ${label.padEnd(11)}${text}`);
  }
  terminal.line();
  if (notExplained > 0) {
    terminal.line(`And ${notExplained} more Secrets, which are not explained.`);
    terminal.line();
  }
  terminal.line({ text: conclusion, style: 'bold' });
  if (next !== undefined) terminal.line(`Next: ${next}`);
}

/** Older Events repeat the same. */
const MAX_EVENTS = 3;

const PRESENT: Readonly<Record<SecretExplanation['present'], string>> = {
  nobody: 'does not exist',
  pods: 'managed for pods',
  AWSIAMRole: 'managed for an AWSIAMRole',
  'somebody else': 'not managed by kube-aws-iam',
};

type Fact = readonly [label: string, text: string];

function factsOf(secret: Explanation['secrets'][number], now: Date): readonly Fact[] {
  const { roleArn, guard, present, expiresAt, action, why, events, mounts = [] } = secret;
  const expiry =
    expiresAt === undefined
      ? ''
      : `, credentials expire ${expiresAt} (${formatUntil(new Date(expiresAt), now)})`;
  return [
    ...mounts.map((mount): Fact => ['mounted', mountText(mount)]),
    ...(roleArn === undefined ? [] : [['role', roleArn] as const]),
    ...(guard === undefined ? [] : [['guard', guard] as const]),
    ['Secret', PRESENT[present] + expiry],
    ...(action === undefined || action === 'refuse' || action === 'defer'
      ? []
      : [['next pass', `${action}: ${why}`] as const]),
    ...events.slice(0, MAX_EVENTS).map(({ reason, note, count, lastSeen }): Fact => {
      const times = count > 1 ? `, ${count} times` : '';
      return ['Event', `${formatUntil(new Date(lastSeen), now)}${times}: ${reason}: ${note}`];
    }),
  ];
}

function mountText({ volume, places, isOptional, hasSubPath }: SecretMount): string {
  const where = places.length === 0 ? 'by no container' : `at ${places.join(', ')}`;
  const optional = isOptional ? '; optional, the pod starts without it' : '';
  const subPath = hasSubPath ? '; with subPath, so it is never updated' : '';
  return `volume ${volume} ${where}${optional}${subPath}`;
}
