import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endWithParent, removeWithParent } from '../../tools/processes/end-with-parent.ts';

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

/** Creates a group of processes. It ends them with SIGKILL, because etcd and the API server wait for each other on SIGTERM. */
export function processGroup(folder: string): ProcessGroup {
  const members = new Map<string, ChildProcess>();
  const folders: string[] = [];
  const addFolder = (added: string) => {
    folders.push(added);
    removeWithParent(added);
  };
  addFolder(folder);
  const logOf = (name: string) => readFile(join(folder, `${name}.log`), 'utf8');
  return {
    logOf,
    addFolder,
    launch(name, [file = '', ...args]) {
      const log = openSync(join(folder, `${name}.log`), 'w');
      const child = endWithParent(
        // With a group of its own, because a process may start others.
        () => spawn(file, args, { stdio: ['ignore', log, log], detached: true }),
      );
      closeSync(log);
      // Without a listener a failed start would crash this process. `assertAlive` reports it.
      child.on('error', () => {});
      members.set(name, child);
    },
    async kill(name) {
      const child = members.get(name);
      if (child === undefined || !isAlive(child)) return;
      const gone = once(child, 'exit');
      killGroup(child);
      await gone;
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
      const alive = [...members.values()].filter(isAlive);
      // Waits for the killed processes, so that none remains as a zombie.
      const ended = Promise.all(alive.map((child) => once(child, 'exit')));
      for (const child of alive) killGroup(child);
      await ended;
      for (const one of folders) await rm(one, { recursive: true, force: true });
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
