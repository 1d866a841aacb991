import { formatInstant } from '../../../contract/format-instant.ts';
import {
  INJECT_LABEL,
  INJECT_VALUE,
  ROLE_ANNOTATION,
} from '../../../contract/kubernetes/injection.ts';
import { isInScope } from '../../../contract/kubernetes/namespace.ts';
import { readNamespace } from '../../../lambda/observe/namespaces.ts';
import type { Style } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { suggestCommand, type TargetOptions } from '../../cluster/suggested-command.ts';
import { type ConnectedCluster, withCluster } from '../../cluster/with-cluster.ts';
import { EXIT } from '../../exit-code.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { type Conclusion, concludeOutOfScope } from './conclude-pod.ts';
import {
  explainInjection,
  isInjected,
  labelCommand,
  type PodInjection,
  wouldNotStart,
} from './explain-injection.ts';
import { hasTerminated, readPods } from './pod-object.ts';

export interface ExplainNamespaceOptions extends ConfigOptions, KubeconfigOptions, OutputOptions {}

/** The pods of a namespace that have the annotation, as `--output json` prints them. */
export interface NamespaceExplanation extends Conclusion {
  readonly at: string;
  readonly namespace: string;
  /** Whether the namespace has the label of injection. */
  readonly isInjected: boolean;
  readonly pods: readonly NamespacePod[];
}

interface NamespacePod extends PodInjection {
  readonly pod: string;
  /** Kind and name of the owner, e.g. `StatefulSet/db`. */
  readonly owner?: string;
}

/** Shows what injection does with the pods of a namespace when they are created again. Returns the exit code. */
export async function showNamespace(
  terminal: Terminal,
  namespace: string,
  options: ExplainNamespaceOptions,
): Promise<number> {
  const explanation = await terminal.withSpinner('Reading the cluster', () =>
    withCluster(options, (cluster) => explainNamespace(cluster, namespace)),
  );
  if (options.output === 'json') terminal.json(explanation);
  else printNamespace(terminal, explanation);
  return EXIT.ok;
}

async function explainNamespace(
  { connection, config, target, now, signal }: ConnectedCluster,
  namespace: string,
): Promise<NamespaceExplanation> {
  const hasLabel = await isInjected(connection, namespace, signal);
  const namespaces = await readNamespace(connection, namespace, signal);
  const live = (await readPods(connection, namespace, signal)).filter((pod) => !hasTerminated(pod));
  const pods = live.flatMap((pod): NamespacePod[] => {
    const injection = explainInjection(pod, config.policy, namespaces);
    const [owner] = pod.metadata.ownerReferences;
    return injection === undefined
      ? []
      : [
          {
            pod: pod.metadata.name,
            ...(owner && { owner: `${owner.kind}/${owner.name}` }),
            ...injection,
          },
        ];
  });
  const findings = { namespace, isInjected: hasLabel, pods };
  const concluded = isInScope(config.scope, namespace)
    ? concludeNamespace(findings, target)
    : concludeOutOfScope(`Namespace ${namespace}`, namespace);
  return { at: formatInstant(now()), ...findings, ...concluded };
}

/** Concludes whether the namespace can be labelled, and its pods restarted. */
export function concludeNamespace(
  { namespace, isInjected: hasLabel, pods }: Omit<NamespaceExplanation, 'at' | keyof Conclusion>,
  target: TargetOptions,
): Conclusion {
  if (pods.length === 0) {
    return {
      conclusion: `No pod of namespace ${namespace} has the annotation ${ROLE_ANNOTATION}.`,
    };
  }
  const stuck = pods.filter(wouldNotStart);
  if (stuck.length > 0) {
    return {
      conclusion: `${stuck.length} of ${pods.length} pods with the annotation would not start again${hasLabel ? '' : ' with injection'}.`,
      next: `correct these before you ${hasLabel ? 'restart' : 'label the namespace and restart'} their workloads: a StatefulSet, or a Deployment with the strategy Recreate, stops a pod before it creates the next`,
    };
  }
  const left = pods.filter(({ result }) => result === 'injected');
  if (left.length === 0) {
    return { conclusion: `No pod of namespace ${namespace} has to be created again.` };
  }
  const doctor = suggestCommand({ name: 'doctor' }, target);
  return {
    conclusion: `${left.length} of ${pods.length} pods with the annotation would be injected when they are created again${hasLabel ? '' : ', once the namespace has the label'}.`,
    next: `${hasLabel ? '' : `${labelCommand(namespace)}; then `}restart workloads that keep their pods until new ones are ready, and StatefulSets last. ${doctor} tries to assume each role that a pod requests`,
  };
}

/** Enough for a role and most ARNs; an annotation can have 256 KB. */
const MAX_SHOWN_LENGTH = 120;

const STYLES: Readonly<Record<PodInjection['result'], Style>> = {
  done: 'green',
  injected: 'green',
  waits: 'red',
  rejected: 'red',
  untouched: 'yellow',
};

function printNamespace(terminal: Terminal, explanation: NamespaceExplanation): void {
  const { namespace, pods, conclusion, next } = explanation;
  const label = `${explanation.isInjected ? '' : 'no '}label ${INJECT_LABEL}=${INJECT_VALUE}`;
  terminal.line({ text: `Namespace ${namespace} (${label})`, style: 'bold' });
  terminal.line();
  if (pods.length > 0) {
    terminal.table({
      header: ['POD', 'OWNER', 'ANNOTATION', 'INJECTION', 'WHY'],
      rows: pods.map(({ pod, owner = '', annotation, result, secret = '', message }) => [
        pod,
        owner,
        annotation.slice(0, MAX_SHOWN_LENGTH),
        { text: result, style: STYLES[result] },
        message ?? secret,
      ]),
    });
    terminal.line();
  }
  terminal.line({ text: conclusion, style: 'bold' });
  if (next !== undefined) terminal.line(`Next: ${next}`);
}
