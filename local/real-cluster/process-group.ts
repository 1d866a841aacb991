import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Processes that end together, and folders that are removed with them. */
export interface ProcessGroup {
  /** Starts a command. Its output goes to `<name>.log` in the folder. */
  launch(name: string, command: readonly string[]): void;
  /** Kills a process with SIGKILL and waits until it has exited. Its name can be launched again. */
  kill(name: string): Promise<void>;
  /** Adds a folder that a process created elsewhere, and that is removed at the end. */
  addFolder(folder: string): void;
  /** Reads the output of a process so far. */
  logOf(name: string): Promise<string>;
  /** @throws Error with the last lines of output when a process has exited */
  assertAlive(): Promise<void>;
  /** Kills all processes with SIGKILL and removes the folders. */
  stop(): Promise<void>;
}

/**
 * Reads process ids and folders until its input ends, which also happens when the parent dies, and then cleans up. The ids
 * of exited processes are removed from the list, because they can be reused.
 */
const GUARD = `pids=
while read -r action item; do
  case "$action" in
    kill) pids="$pids $item" ;;
    forget) pids=$(printf '%s\\n' $pids | grep -vx "$item") ;;
    remove) set -- "$@" "$item" ;;
  esac
done
kill -9 $pids
rm -rf "$@"`;

/**
 * Creates a group whose processes never outlive this one: a guard process in its own session reads from a pipe that
 * closes when this process ends. It uses SIGKILL because etcd and the API server wait for each other on SIGTERM.
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
      // Without a listener a failed start would crash this process. `assertAlive` reports it.
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
        throw new Error(`${name} exited (${child.exitCode ?? child.signalCode}):\n${lastLines}`);
      }
    },
    async stop() {
      if (guard.exitCode !== null) return;
      const alive = [...members.values()].filter(isAlive);
      guard.stdin.end();
      // Waits for the killed processes, so that none remains as a zombie.
      await Promise.all([guard, ...alive].map((child) => once(child, 'exit')));
    },
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
