import { waitUntil } from '../../../local/wait-until.ts';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Lists the processes of this machine, without those that have ended and wait for their parent to notice. */
async function listProcesses(): Promise<readonly RunningProcess[]> {
  const { stdout } = await runToEnd('ps', ['-A', '-o', 'pid=,ppid=,stat=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, state = '', ...command] = line.trim().split(/\s+/);
    if (!pid || state.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), command: command.join(' ') }];
  });
}

/** Returns the processes that a process has started, directly or not. */
export async function descendantsOf(pid: number): Promise<readonly RunningProcess[]> {
  const all = await listProcesses();
  const childrenOf = (one: number): readonly RunningProcess[] =>
    all
      .filter(({ parent }) => parent === one)
      .flatMap((child) => [child, ...childrenOf(child.pid)]);
  return childrenOf(pid);
}

/** Waits until none of the processes runs. @throws Error with the commands of those that still run */
export async function waitUntilGone(
  processes: readonly Pick<RunningProcess, 'pid'>[],
): Promise<void> {
  const pids = new Set(processes.map(({ pid }) => pid));
  let left: readonly RunningProcess[] = [];
  await waitUntil('the processes to end', async () => {
    left = (await listProcesses()).filter(({ pid }) => pids.has(pid));
    return left.length === 0 || undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${left.map(({ command }) => command).join('; ')}`);
  });
}
