import type { Command } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withKubectlNote } from '../../options/kubeconfig-options.ts';
import { parseNamespaceName, parseObjectName } from '../../options/name-arguments.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { ExplainNamespaceOptions } from './explain-namespace.ts';
import type { ExplainedKind, ExplainOptions } from './run.ts';

const EXIT_CODES = `
Exit codes:
  0  explained, whatever the result
  1  error (such as no object of that name), or part of the cluster could not be read
  2  usage error`;

/** Adds `explain pod`, `explain awsiamrole` and `explain namespace`. */
export function addExplain(program: Command): void {
  const explain = program
    .command('explain')
    .summary('explain why a pod or an AWSIAMRole has or lacks credentials, or what injection does')
    .description(
      'Explains why a pod or an AWSIAMRole has or lacks its credentials, or what injection does with the pods of a namespace, and what to do about it.',
    );
  addKind(explain, 'pod', {
    summary: 'explain why a pod has or lacks credentials',
    description:
      'Follows a pod to its credentials: mounted Secrets, their roles, whether the stack and the namespace allow those, ' +
      'existing Secrets and their expiry, and the Events of kube-aws-iam. Writes nothing and assumes no role.',
    examples:
      '  kube-aws-iam explain pod web-6d4b9 -n shop\n  kube-aws-iam explain pod web-6d4b9 -o json',
  });
  addKind(explain, 'awsiamrole', {
    summary: 'explain why an AWSIAMRole has or lacks credentials',
    description:
      'Shows the role of an AWSIAMRole, whether the stack and the namespace allow it, its Secret, its condition and its ' +
      'Events. Writes nothing and assumes no role.',
    examples: '  kube-aws-iam explain awsiamrole billing -n shop',
  });
  addNamespace(explain);
}

function addNamespace(explain: Command): void {
  const command = explain
    .command('namespace')
    .summary('find the pods that injection would reject, before you restart them')
    .description(
      'Lists the pods of a namespace that have the annotation iam.amazonaws.com/role, and what happens when they are created again ' +
        'with injection: whether they are injected, rejected, or wait for a role that the namespace does not allow. Writes ' +
        'nothing and assumes no role.',
    )
    .argument('<name>', 'name of the namespace', parseNamespaceName);
  withOutputOption(withKubectlNote(withConfigOptions(command)))
    .addHelpText('after', `\nExamples:\n  kube-aws-iam explain namespace shop\n${EXIT_CODES}`)
    .action(async (name: string, options: ExplainNamespaceOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { showNamespace } = await import('./explain-namespace.ts');
      process.exitCode = await showNamespace(createTerminal(), name, options);
    });
}

interface KindTexts {
  readonly summary: string;
  readonly description: string;
  readonly examples: string;
}

function addKind(explain: Command, kind: ExplainedKind, texts: KindTexts): void {
  const command = explain
    .command(kind)
    .summary(texts.summary)
    .description(texts.description)
    .argument('<name>', 'name of the object', parseObjectName)
    .option(
      '-n, --namespace <name>',
      'namespace of the object (default: from the context)',
      parseNamespaceName,
    );
  withOutputOption(withKubectlNote(withConfigOptions(command)))
    .addHelpText('after', `\nExamples:\n${texts.examples}\n${EXIT_CODES}`)
    .action(async (name: string, options: ExplainOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { showExplanation } = await import('./run.ts');
      process.exitCode = await showExplanation(createTerminal(), kind, name, options);
    });
}
