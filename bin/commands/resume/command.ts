import type { Command } from 'commander';
import { withClusterOptions } from '../../options/cluster-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { ResumeOptions } from './run.ts';

const AFTER = `
Exit codes:
  0  both functions run
  1  an error; what was done before it is said
  2  it was called wrongly`;

/** Adds `resume`. */
export function addResume(program: Command): void {
  const command = program
    .command('resume')
    .summary('let the functions run again after a pause')
    .description(
      'Gives both functions the reserved concurrency that cdk.json says, or none. Without a cdk.json (say --cluster and --region), ' +
        'what is not paused keeps what it has. Says what comes next. Nothing is invoked: ' +
        'the schedules do that. It can be repeated.',
    );
  withOutputOption(withClusterOptions(command))
    .addHelpText('after', AFTER)
    .action(async (options: ResumeOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { resumeFunctions } = await import('./run.ts');
      process.exitCode = await resumeFunctions(createTerminal(), options);
    });
}
