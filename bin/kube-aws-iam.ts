#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../contract/version.ts';
import { addDemo } from './commands/demo/command.ts';
import { addDoctor } from './commands/doctor/command.ts';
import { addExplain } from './commands/explain/command.ts';
import { addManifests } from './commands/manifests/command.ts';
import { addPause } from './commands/pause/command.ts';
import { addPlan } from './commands/plan/command.ts';
import { addRenew } from './commands/renew/command.ts';
import { addResume } from './commands/resume/command.ts';
import { addStatus } from './commands/status/command.ts';
import { addTrustPolicy } from './commands/trust-policy/command.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';

// A command says here what it takes, and loads what it does when it is asked to: most of that is slow to load.
const COMMANDS = [
  addDemo,
  addManifests,
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
  .description('Gives Kubernetes pods AWS credentials as mounted Secrets')
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride();
for (const addTo of COMMANDS) addTo(program);

// Who reads may stop early, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error, (line) => console.error(line));
}
// What a command no longer waits for, such as a plugin of the kubeconfig that does not answer, must not keep the process.
process.stdout.write('', () => process.exit());
