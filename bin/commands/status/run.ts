import { formatInstant } from '../../../contract/format-instant.ts';
import { isInScope, type NamespaceScope } from '../../../contract/kubernetes/namespace.ts';
import { PASS } from '../../../contract/pass.ts';
import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import type { Cell, Style } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { type ConnectedCluster, withCluster } from '../../cluster/with-cluster.ts';
import { EXIT } from '../../exit-code.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { FleetOptions } from '../../options/fleet-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { noteIncomplete } from '../../planning/incomplete.ts';
import { type PlannedPass, planPass } from '../../planning/plan-pass.ts';
import {
  firstOfEachNamespace,
  type SecretState,
  type SecretStatus,
  STATES,
  secretStatuses,
} from './secret-status.ts';

export interface StatusOptions
  extends ConfigOptions,
    FleetOptions,
    KubeconfigOptions,
    OutputOptions {
  /** List the Secrets of this namespace only. */
  readonly namespace?: string;
}

/** The status as `--output json` prints it. */
interface StatusReport {
  readonly cluster: string;
  readonly context: string;
  readonly configuration: string;
  /** Present if the list is limited to a namespace. */
  readonly namespace?: string;
  readonly at: string;
  readonly incomplete: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly secrets: readonly SecretStatus[];
}

/** Lists the state of all Secrets. Returns the exit code: 1 when the list is incomplete. */
export async function showStatus(terminal: Terminal, options: StatusOptions): Promise<number> {
  const report = await terminal.withSpinner('Reading the cluster', () =>
    withCluster(options, (cluster) => statusReport(cluster, options)),
  );
  if (options.output === 'json') terminal.json(report);
  else printStatus(terminal, report);
  noteIncomplete(terminal, report.incomplete);
  return report.incomplete.length > 0 ? EXIT.error : EXIT.ok;
}

/** Reads the state of the Secrets of a cluster, or of one namespace. */
export async function statusReport(
  cluster: ConnectedCluster,
  { namespace }: Pick<StatusOptions, 'namespace'>,
): Promise<StatusReport> {
  const scope = scopeOf(cluster, namespace);
  // Confirmed, because the brake changes what a sweep does and not the state of a Secret.
  const planned = await planPass(cluster, { pass: PASS.sweep, scope, isConfirmed: true });
  if (namespace !== undefined) assertExists(cluster, namespace, planned.view.namespaces);
  const secrets = secretStatuses(planned);
  const countOf = (state: SecretState) => secrets.filter((one) => one.state === state).length;
  return {
    cluster: cluster.config.clusterName,
    context: cluster.context,
    configuration: cluster.source,
    ...(namespace === undefined ? {} : { namespace }),
    at: formatInstant(planned.context.now),
    incomplete: planned.incomplete,
    counts: Object.fromEntries(STATES.map((state) => [state, countOf(state)])),
    secrets,
  };
}

/** Limits the scope to a namespace, so that the user needs permissions in that namespace only. */
function scopeOf({ config }: ConnectedCluster, namespace: string | undefined): NamespaceScope {
  if (namespace === undefined) return config.scope;
  if (isInScope(config.scope, namespace)) return { only: [namespace], except: [] };
  throw new Error(
    `kube-aws-iam manages no Secrets in namespace "${namespace}" of cluster "${config.clusterName}": the settings "namespaces" and "excludedNamespaces" exclude it`,
  );
}

/** A namespace that cannot be read may exist. */
function assertExists(
  { context }: ConnectedCluster,
  namespace: string,
  { seen, failure }: PlannedPass['view']['namespaces'],
): void {
  if (seen > 0 || failure !== undefined) return;
  throw new Error(
    `namespace "${namespace}" does not exist in the cluster of context "${context}": correct --namespace or --context`,
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

/** Columns of a Secret. */
export const HEADER = ['STATE', 'NAMESPACE', 'SECRET', 'ROLE', 'EXPIRES', 'USED BY', 'WHY'];

function printStatus(terminal: Terminal, report: StatusReport): void {
  const { at, secrets } = report;
  const { shown, omitted } = firstOfEachNamespace(secrets);
  if (secrets.length > 0) {
    terminal.table({
      header: HEADER,
      rows: shown.map((one) => rowOf(one, new Date(at))),
    });
    for (const [namespace, count] of omitted) {
      terminal.line(`and ${count} more in namespace ${namespace} (all: --output json)`);
    }
    terminal.line();
  }
  terminal.line(summary(report));
}

function summary({ cluster, namespace, counts, incomplete }: StatusReport): string {
  const where =
    namespace === undefined ? `Cluster ${cluster}` : `Namespace ${namespace} of cluster ${cluster}`;
  const which = incomplete.length > 0 ? `${where} (incomplete)` : where;
  return `${which}: ${countsText(counts) || 'no Secrets exist and none are requested'}.`;
}

/** Formats the number of Secrets in each state; empty without Secrets. */
export function countsText(counts: StatusReport['counts']): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}

/** The cells of a Secret, for {@link HEADER}. */
export function rowOf(one: SecretStatus, now: Date): readonly Cell[] {
  const { state, expiresAt } = one;
  const style = STYLES[state];
  return [
    style === undefined ? state : { text: state, style },
    one.namespace,
    one.secret,
    one.role ?? '-',
    formatUntil(expiresAt === undefined ? undefined : new Date(expiresAt), now),
    usersOf(one),
    one.why,
  ];
}

function usersOf({ pods, awsIamRole }: SecretStatus): string {
  const [pod] = pods;
  const users = [
    ...(awsIamRole === undefined ? [] : [`AWSIAMRole ${awsIamRole}`]),
    ...(pod === undefined ? [] : [pods.length === 1 ? `pod ${pod}` : `${pods.length} pods`]),
  ];
  return users.length === 0 ? '-' : users.join(', ');
}
