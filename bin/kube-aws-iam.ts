#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../contract/version.ts';
import { addConnect } from './commands/connect/command.ts';
import { addDemo } from './commands/demo/command.ts';
import { addDoctor } from './commands/doctor/command.ts';
import { addExplain } from './commands/explain/command.ts';
import { addManifests } from './commands/manifests/command.ts';
import { addPause } from './commands/pause/command.ts';
import { addPlan } from './commands/plan/command.ts';
import { addRenew } from './commands/renew/command.ts';
import { addResume } from './commands/resume/command.ts';
import { addSeed } from './commands/seed/command.ts';
import { addStatus } from './commands/status/command.ts';
import { addTrustPolicy } from './commands/trust-policy/command.ts';
import { EXIT, reportError } from './exit-code.ts';

// command.ts of each command declares arguments and help; it imports run.ts only when the command runs, because the AWS
// and Kubernetes clients are slow to load.
const COMMANDS = [
  addDemo,
  addManifests,
  addConnect,
  addSeed,
  addPlan,
  addStatus,
  addExplain,
  addTrustPolicy,
  addDoctor,
  addRenew,
  addPause,
  addResume,
];

const program = new Command('kube-aws-iam')
  .description('Provides AWS credentials to Kubernetes pods as mounted Secrets')
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride();
for (const addTo of COMMANDS) addTo(program);

// A reader such as head may close the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, (line) => console.error(line));
}
// Do not wait for abandoned work, such as a credential plugin of the kubeconfig that hangs.
process.stdout.write('', () => process.exit());
