import { formatInstant } from '../../../contract/format-instant.ts';
import { isInScope, type NamespaceScope } from '../../../contract/namespace-scope.ts';
import { PASS } from '../../../contract/pass.ts';
import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import type { Cell, Style } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { EXIT } from '../../exit-code.ts';
import { type OpenCluster, withCluster } from '../../kubeconfig/with-cluster.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { KubernetesOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { noteIncomplete } from '../../planning/note-incomplete.ts';
import { type PlannedRun, planPass } from '../../planning/plan-pass.ts';
import { type SecretState, type SecretStatus, STATES, secretStatuses } from './secret-status.ts';

export interface StatusOptions extends ConfigOptions, KubernetesOptions, OutputOptions {
  /** The only namespace to look at. */
  readonly namespace?: string;
}

/** What `--output json` prints. */
export interface StatusReport {
  readonly cluster: string;
  readonly context: string;
  readonly configuration: string;
  /** The only one that was looked at; absent when all were. */
  readonly namespace?: string;
  readonly at: string;
  readonly incomplete: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly secrets: readonly SecretStatus[];
}

/** Shows how all Secrets are doing, and returns the exit code: 1 when not all could be seen. */
export async function showStatus(terminal: Terminal, options: StatusOptions): Promise<number> {
  const report = await terminal.withSpinner('Look at the cluster', () =>
    withCluster(options, (cluster) => statusReport(cluster, options)),
  );
  if (options.output === 'json') terminal.json(report);
  else printStatus(terminal, report);
  noteIncomplete(terminal, report.incomplete);
  return report.incomplete.length > 0 ? EXIT.wrong : EXIT.ok;
}

async function statusReport(
  cluster: OpenCluster,
  { namespace }: StatusOptions,
): Promise<StatusReport> {
  const scope = scopeOf(cluster, namespace);
  // As if confirmed: the brake is about what a sweep does, and this is about how Secrets are.
  const run = await planPass(cluster, { pass: PASS.sweep, scope, isConfirmed: true });
  if (namespace !== undefined) assertThere(cluster, namespace, run.view.namespaces);
  const secrets = secretStatuses(run);
  const countOf = (state: SecretState) => secrets.filter((one) => one.state === state).length;
  return {
    cluster: cluster.config.clusterName,
    context: cluster.context,
    configuration: cluster.source,
    ...(namespace === undefined ? {} : { namespace }),
    at: formatInstant(run.context.now),
    incomplete: run.incomplete,
    counts: Object.fromEntries(STATES.map((state) => [state, countOf(state)])),
    secrets,
  };
}

/** Who looks at one namespace needs rights in that one only. */
function scopeOf({ config }: OpenCluster, namespace: string | undefined): NamespaceScope {
  if (namespace === undefined) return config.scope;
  if (isInScope(config.scope, namespace)) return { only: [namespace], except: [] };
  throw new Error(
    `cluster "${config.clusterName}" does not look at namespace "${namespace}" (settings namespaces and excludedNamespaces), so there is nothing of this product in it`,
  );
}

/** A namespace that cannot be read may be there. */
function assertThere(
  { context }: OpenCluster,
  namespace: string,
  { seen, failure }: PlannedRun['view']['namespaces'],
): void {
  if (seen > 0 || failure !== undefined) return;
  throw new Error(
    `there is no namespace ${namespace} in the cluster of context "${context}": say the right --namespace, or --context`,
  );
}

const STYLES: Readonly<Partial<Record<SecretState, Style>>> = {
  expired: 'red',
  overdue: 'red',
  refused: 'red',
  missing: 'yellow',
  undecided: 'yellow',
  foreign: 'yellow',
  unused: 'dim',
  ok: 'green',
};

function printStatus(terminal: Terminal, report: StatusReport): void {
  const { at, secrets } = report;
  if (secrets.length > 0) {
    terminal.table({
      header: ['STATE', 'NAMESPACE', 'SECRET', 'ROLE', 'EXPIRES', 'USED BY', 'WHY'],
      rows: secrets.map((one) => rowOf(one, new Date(at))),
    });
    terminal.line();
  }
  terminal.line(summary(report));
}

function summary({ cluster, namespace, counts, incomplete }: StatusReport): string {
  const counted = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const where =
    namespace === undefined ? `Cluster ${cluster}` : `Namespace ${namespace} of cluster ${cluster}`;
  if (incomplete.length > 0) {
    return `${where}, of what could be read: ${counted.join(', ') || 'nothing'}.`;
  }
  return `${where}: ${counted.join(', ') || 'no Secrets, and none are wanted'}.`;
}

function rowOf(one: SecretStatus, now: Date): readonly Cell[] {
  const { state, expiresAt } = one;
  const style = STYLES[state];
  return [
    style === undefined ? state : { text: state, style },
    one.namespace,
    one.secret,
    one.role ?? '-',
    formatUntil(expiresAt === undefined ? undefined : new Date(expiresAt), now),
    usedBy(one),
    one.why,
  ];
}

function usedBy({ pods, awsIamRole }: SecretStatus): string {
  const [pod] = pods;
  const users = [
    ...(awsIamRole === undefined ? [] : [`AWSIAMRole ${awsIamRole}`]),
    ...(pod === undefined ? [] : [pods.length === 1 ? `pod ${pod}` : `${pods.length} pods`]),
  ];
  return users.length === 0 ? '-' : users.join(', ');
}
