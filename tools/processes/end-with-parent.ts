import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/**
 * Reads process ids and folders until its input ends, which happens when the parent ends, however it ends. Then it kills
 * the processes with their groups, and removes the folders. It needs no cooperation: a process may be busy, or foreign.
 * The ids of exited processes are removed from the list, because they can be reused.
 */
const GUARD = `pids=
while read -r action item; do
  case "$action" in
    kill) pids="$pids $item" ;;
    forget) pids=$(printf '%s\\n' $pids | grep -vx "$item") ;;
    remove) set -- "$@" "$item" ;;
  esac
done
for pid in $pids; do kill -9 -"$pid" || kill -9 "$pid"; done
rm -rf "$@"`;

let input: Writable | undefined;

/** Sends a line to the guard of this process, which is started for the first one. */
function tellGuard(line: string): void {
  input ??= startGuard();
  input.write(`${line}\n`);
}

/** Starts the guard in its own session, so that a terminal that closes does not end it. */
function startGuard(): Writable {
  const guard = spawn('sh', ['-c', GUARD], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Neither keeps this process alive. Without `sh`, children are not guarded.
  guard.on('error', () => {}).unref();
  guard.stdin.on('error', () => {});
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return guard.stdin;
}

/**
 * Starts a child that ends with this process at the latest, by SIGKILL, however this process ends. A child that starts
 * processes itself has to be `detached`: all processes of its group end with it. A parent that is killed while it starts
 * the child, which takes some milliseconds, leaves it.
 */
export function endWithParent<T extends ChildProcess>(start: () => T): T {
  // Before the child, so that it runs unguarded only until `spawn` returns.
  input ??= startGuard();
  const child = start();
  const { pid } = child;
  if (pid === undefined) return child;
  tellGuard(`kill ${pid}`);
  child.once('exit', () => tellGuard(`forget ${pid}`));
  return child;
}

/** What a program has written. */
interface ProgramOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without input to its end, and returns its output.
 *
 * @throws Error with its exit `code`, `stdout` and `stderr` when it fails
 */
export async function runToEnd(
  file: string,
  parameters: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'> = {},
): Promise<ProgramOutput> {
  const child = endWithParent(() =>
    spawn(file, parameters, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code === 0) return { stdout, stderr };
  const message = `${file} ${parameters.join(' ')} failed (${code ?? signal}):\n${stderr}`;
  throw Object.assign(new Error(message), { code, stdout, stderr });
}

/** Lets a folder be removed when this process has ended. Its path contains no line break. */
export function removeWithParent(folder: string): void {
  tellGuard(`remove ${folder}`);
}

/** Kills the second process when the first one has ended. */
const WATCH = 'while kill -0 "$1" && kill -0 "$2"; do sleep 1; done; kill -0 "$1" || kill -9 "$2"';

/**
 * Lets a program that `npm run` or `npx` started end within a second or two of npm, also while it is busy. Started in
 * another way, it may outlive its shell.
 */
export function endWithNpm(): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  spawn('sh', ['-c', WATCH, 'sh', String(npmPid()), String(process.pid)], {
    detached: true,
    stdio: 'ignore',
  })
    .on('error', () => {})
    .unref();
}

/** Returns the process of npm. The shell between it and a program survives npm when that is killed. */
function npmPid(): number {
  const parameters = ['-o', 'ppid=,args=', '-p', String(process.ppid)];
  const { stdout } = spawnSync('ps', parameters, { encoding: 'utf8' });
  const [, pid] = /^\s*(\d+)\s+sh -c /.exec(stdout ?? '') ?? [];
  return pid === undefined ? process.ppid : Number(pid);
}
