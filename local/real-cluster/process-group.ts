import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Processes that end together, and the folders that go with them. */
export interface ProcessGroup {
  /** Starts a command. What it prints goes to `<name>.log` in the folder. */
  launch(name: string, command: readonly string[]): void;
  /** Kills one of them, hard, and waits until it is gone. Its name may be launched again. */
  kill(name: string): Promise<void>;
  /** Has another folder removed at the end, which a process made elsewhere. */
  addFolder(folder: string): void;
  /** What a process has printed up to now. */
  logOf(name: string): Promise<string>;
  /** @throws when a process has ended, with the last lines that it printed. */
  assertAlive(): Promise<void>;
  /** Kills all of them, hard, and removes their folders. */
  stop(): Promise<void>;
}

/**
 * Reads process ids and folders until its input ends, which also happens when the test process dies; then clears up. The id
 * of a process that is gone may be another's by then, so it is forgotten.
 */
const GUARD = `pids=
while read -r what it; do
  case "$what" in
    kill) pids="$pids $it" ;;
    forget) pids=$(printf '%s\\n' $pids | grep -vx "$it") ;;
    remove) set -- "$@" "$it" ;;
  esac
done
kill -9 $pids
rm -rf "$@"`;

/**
 * A group whose members do not outlive this process, however it ends: a guard in a session of its own holds the read
 * end of a pipe. Killed hard, because etcd and the API server wait for each other when asked politely.
 */
export function processGroup(folder: string): ProcessGroup {
  const members = new Map<string, ChildProcess>();
  const guard = spawn('sh', ['-c', GUARD], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.stdin.write(`remove ${folder}\n`);
  const logOf = (name: string) => readFile(join(folder, `${name}.log`), 'utf8');
  return {
    logOf,
    addFolder: (other) => void guard.stdin.write(`remove ${other}\n`),
    launch(name, [file = '', ...args]) {
      const log = openSync(join(folder, `${name}.log`), 'w');
      const child = spawn(file, args, { stdio: ['ignore', log, log] });
      closeSync(log);
      // Without a listener a failed start would end the test process; `assertAlive` is where it is told.
      child.on('error', () => {});
      if (child.pid !== undefined) guard.stdin.write(`kill ${child.pid}\n`);
      members.set(name, child);
    },
    async kill(name) {
      const child = members.get(name);
      if (child === undefined || !isAlive(child)) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      guard.stdin.write(`forget ${child.pid}\n`);
      members.delete(name);
    },
    async assertAlive() {
      for (const [name, child] of members) {
        if (isAlive(child)) continue;
        const lastLines = (await logOf(name)).trimEnd().split('\n').slice(-5).join('\n');
        throw new Error(`${name} ended (${child.exitCode ?? child.signalCode}):\n${lastLines}`);
      }
    },
    async stop() {
      if (guard.exitCode !== null) return;
      const alive = [...members.values()].filter(isAlive);
      guard.stdin.end();
      // Those that it killed are waited for, so that none is left as a zombie.
      await Promise.all([guard, ...alive].map((child) => once(child, 'exit')));
    },
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
