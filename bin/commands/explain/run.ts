import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import type { Style } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { EXIT } from '../../exit-code.ts';
import { withCluster } from '../../kubeconfig/with-cluster.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { KubernetesOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { noteIncomplete } from '../../planning/note-incomplete.ts';
import { explainAwsIamRole } from './explain-awsiamrole.ts';
import { explainPod } from './explain-pod.ts';
import type { SecretExplanation } from './explain-secret.ts';
import type { Conclusion } from './pod-conclusion.ts';
import type { SecretMount } from './secret-mounts.ts';
import type { Outcome } from './secret-verdict.ts';

export interface ExplainOptions extends ConfigOptions, KubernetesOptions, OutputOptions {
  /** That of the kubeconfig's context when absent. */
  readonly namespace?: string;
}

/** What can be explained. */
export type Explained = 'pod' | 'awsiamrole';

/** An explanation, whatever it is of, as it is printed. */
interface Shown extends Conclusion {
  readonly at: string;
  readonly title: string;
  readonly secrets: readonly (SecretExplanation & { readonly mounts?: readonly SecretMount[] })[];
  readonly document: unknown;
}

/** Explains a pod or an AWSIAMRole, and returns the exit code: 1 when something could not be read. */
export async function showExplanation(
  terminal: Terminal,
  kind: Explained,
  name: string,
  options: ExplainOptions,
): Promise<number> {
  const shown = await terminal.withSpinner('Look at the cluster', () =>
    withCluster(options, (cluster): Promise<Shown> => {
      const named = { namespace: options.namespace ?? cluster.namespace, name };
      return kind === 'pod'
        ? shownPod(explainPod(cluster, named))
        : shownResource(explainAwsIamRole(cluster, named));
    }),
  );
  if (options.output === 'json') terminal.json(shown.document);
  else printExplanation(terminal, shown);
  const incomplete = [...new Set(shown.secrets.flatMap((secret) => secret.incomplete))];
  noteIncomplete(terminal, incomplete);
  return incomplete.length > 0 ? EXIT.wrong : EXIT.ok;
}

async function shownPod(explaining: ReturnType<typeof explainPod>): Promise<Shown> {
  const explanation = await explaining;
  const { namespace, pod, phase, isTerminating, annotation } = explanation;
  const going = isTerminating ? ', being deleted' : '';
  const asks = annotation === undefined ? '' : `, annotated with role ${annotation}`;
  return {
    ...explanation,
    title: `Pod ${namespace}/${pod} (${phase}${going}${asks})`,
    document: explanation,
  };
}

async function shownResource(explaining: ReturnType<typeof explainAwsIamRole>): Promise<Shown> {
  const explanation = await explaining;
  const { namespace, name, roleReference, ready, secret, ...rest } = explanation;
  const condition =
    ready === undefined ? 'no condition yet' : `Ready ${ready.status}: ${ready.message}`;
  return {
    ...rest,
    title: `AWSIAMRole ${namespace}/${name} (role ${roleReference}; ${condition})`,
    secrets: secret === undefined ? [] : [secret],
    document: explanation,
  };
}

const STYLES: Readonly<Record<Outcome, Style>> = {
  withheld: 'red',
  failing: 'red',
  undecided: 'yellow',
  waiting: 'yellow',
  given: 'green',
};

function printExplanation(
  terminal: Terminal,
  { at, title, secrets, conclusion, next }: Shown,
): void {
  terminal.line({ text: title, style: 'bold' });
  for (const secret of secrets) {
    terminal.line();
    terminal.line({
      text: `Secret ${secret.secret}: ${secret.outcome}`,
      style: STYLES[secret.outcome],
    });
    for (const [label, text] of factsOf(secret, new Date(at)))
      terminal.line(`  ${label.padEnd(10)}${text}`);
  }
  terminal.line();
  terminal.line({ text: conclusion, style: 'bold' });
  if (next !== undefined) terminal.line(`Next: ${next}`);
}

/** More were said before, and of the same. */
const MOST_EVENTS = 3;

const WHOSE: Readonly<Record<SecretExplanation['present'], string>> = {
  nobody: 'not there',
  pods: "there, this product's",
  AWSIAMRole: 'there, that of an AWSIAMRole',
  'somebody else': "there, and not this product's",
};

type Fact = readonly [label: string, text: string];

function factsOf(secret: Shown['secrets'][number], now: Date): readonly Fact[] {
  const { roleArn, guard, present, expiresAt, action, why, events, mounts = [] } = secret;
  const until =
    expiresAt === undefined
      ? ''
      : `, credentials end ${expiresAt} (${formatUntil(new Date(expiresAt), now)})`;
  return [
    ...mounts.map((mount): Fact => ['mounted', mountText(mount)]),
    ...(roleArn === undefined ? [] : [['role', roleArn] as const]),
    ...(guard === undefined ? [] : [['guard', guard] as const]),
    ['Secret', WHOSE[present] + until],
    ...(action === undefined || action === 'refuse' || action === 'defer'
      ? []
      : [['next run', `${action}: ${why}`] as const]),
    ...events.slice(0, MOST_EVENTS).map(({ reason, note, count, lastSeen }): Fact => {
      const times = count > 1 ? `, ${count} times` : '';
      return ['Event', `${formatUntil(new Date(lastSeen), now)}${times}: ${reason}: ${note}`];
    }),
  ];
}

function mountText({ volume, places, isOptional, hasSubPath }: SecretMount): string {
  const where = places.length === 0 ? 'by no container' : `at ${places.join(', ')}`;
  const optional = isOptional ? '; optional, the pod starts without it' : '';
  const subPath = hasSubPath ? '; by subPath, so it is never updated' : '';
  return `volume ${volume} ${where}${optional}${subPath}`;
}
