import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import {
  buildProgram,
  type CompiledProgram,
  goProgram,
  javaProgram,
} from '../support/programs/compiled-program.ts';

/** AWS's library that matches events against patterns. */
export const EVENT_RULER = javaProgram(join(import.meta.dirname, 'event-ruler'), 'Judge');
/** The verifier of EKS tokens in aws-iam-authenticator. */
export const TOKEN_VERIFIER = goProgram(join(import.meta.dirname, 'token-verifier'));

/** Checks Kubernetes manifests against recommendations. */
export const KUBE_SCORE = goProgram(
  join(import.meta.dirname, 'kube-score'),
  'github.com/zegl/kube-score/cmd/kube-score',
);

/** Long enough for the first build of a judge, which downloads and compiles its libraries. */
export const BUILD_TIMEOUT_MS = 15 * 60_000;

/** A running program that answers each question, a line of JSON, with a line of JSON. */
export interface Judge<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  stop(): Promise<void>;
}

/** Builds and starts a judge. */
export function startJudge<Question, Answer>(program: CompiledProgram): Judge<Question, Answer> {
  buildProgram(program);
  const [command, ...parameters] = program.command;
  const child = endWithParent(() =>
    spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`${command} exited before it answered ${JSON.stringify(question)}`);
      return JSON.parse(value);
    },
    async stop() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
