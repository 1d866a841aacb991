import type { Command } from 'commander';
import { type ClusterOptions, withClusterOptions } from '../cluster/cluster-options.ts';
import { EXIT } from '../exit-code.ts';
import { type KubernetesOptions, withKubernetesOptions } from '../kubernetes/kubernetes-options.ts';
import { type OutputOptions, withOutputOption } from '../screen/output-option.ts';

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('find out why pods do not get their credentials')
    .description(
      'Walks the whole chain, from the settings over the cluster, the chart, the way in, the functions and the roles to the ' +
        'forwarder, and says of each link whether it holds, and what to do where it does not. The first that fails is where ' +
        'to begin. It changes nothing. What you may not look at is said. Exit code 0 unless something failed.',
    );
  withOutputOption(withKubernetesOptions(withClusterOptions(command))).action(
    async (options: ClusterOptions & KubernetesOptions & OutputOptions) => {
      const { tellDiagnosis } = await import('../doctor/tell-diagnosis.ts');
      if (!(await tellDiagnosis(options))) process.exitCode = EXIT.wrong;
    },
  );
}
