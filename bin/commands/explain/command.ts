import type { Command } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withKubernetesOptions } from '../../options/kubeconfig-options.ts';
import { namespaceName, objectName } from '../../options/name-arguments.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { Explained, ExplainOptions } from './run.ts';

const EXIT_CODES = `
Exit codes:
  0  it is explained, whatever the explanation is
  1  an error, such as that there is none of that name, or something could not be read
  2  it was called wrongly`;

/** Adds `explain pod` and `explain awsiamrole`. */
export function addExplain(program: Command): void {
  const explain = program
    .command('explain')
    .summary('say why a pod, or an AWSIAMRole, has its Secret or has not')
    .description('Says why a pod, or an AWSIAMRole, has its Secret or has not, and what to do.');
  addKind(explain, 'pod', {
    summary: 'why a pod has its Secrets or has not',
    description:
      'Walks from the pod to its credentials: what it mounts, which role that is, whether stack and namespace allow it, whose ' +
      'Secret is there and until when, and what the functions said of it (Events). Nothing is written, no role is assumed.',
    examples:
      '  kube-aws-iam explain pod web-6d4b9 -n shop\n  kube-aws-iam explain pod web-6d4b9 -o json',
  });
  addKind(explain, 'awsiamrole', {
    summary: 'why an AWSIAMRole has its Secret or has not',
    description:
      'Says the same of an AWSIAMRole: its role, the guard, its Secret, its condition and Events.',
    examples: '  kube-aws-iam explain awsiamrole billing -n shop',
  });
}

interface KindTexts {
  readonly summary: string;
  readonly description: string;
  readonly examples: string;
}

function addKind(explain: Command, kind: Explained, texts: KindTexts): void {
  const command = explain
    .command(kind)
    .summary(texts.summary)
    .description(texts.description)
    .argument('<name>', 'its name', objectName)
    .option(
      '-n, --namespace <name>',
      "its namespace (else that of the kubeconfig's context)",
      namespaceName,
    );
  withOutputOption(withKubernetesOptions(withConfigOptions(command)))
    .addHelpText('after', `\nExamples:\n${texts.examples}\n${EXIT_CODES}`)
    .action(async (name: string, options: ExplainOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { showExplanation } = await import('./run.ts');
      process.exitCode = await showExplanation(createTerminal(), kind, name, options);
    });
}
