import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitUntil } from '../../../../local/wait-until.ts';
import { endWithParent } from '../../../../tools/processes/end-with-parent.ts';
import { descendantsOf, waitUntilGone } from '../../../support/programs/processes.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const MODULE = join(ROOT, 'tools/processes/end-with-parent.ts');

interface Running {
  readonly parent: ChildProcess;
  readonly pid: number;
  /** What it has written to standard error. */
  readonly errors: () => string;
}

/** Runs a program of Node.js, and kills it at the end of the test. Resolves when it prints its first line. */
async function run(parameters: readonly string[], options: object = {}): Promise<Running> {
  const parent: ChildProcess = endWithParent(() =>
    spawn(process.execPath, parameters, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    }),
  );
  onTestFinished(() => void parent.kill('SIGKILL'));
  let errors = '';
  parent.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  return { parent, pid: parent.pid ?? 0, errors: () => errors };
}

async function firstLine({ parent, errors }: Running): Promise<string> {
  if (parent.stdout === null) throw new Error('its output is not piped');
  const ended = once(parent, 'exit').then(() =>
    Promise.reject(new Error(`it exited: ${errors()}`)),
  );
  const [line] = await Promise.race([once(createInterface(parent.stdout), 'line'), ended]);
  return line;
}

async function end(parent: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(parent, 'exit');
  parent.kill(signal);
  await ended;
}

/** A child that never yields, one that ignores signals, one with a child of its own, and one that has ended. */
const PARENT = `
  import { fork, spawn } from 'node:child_process';
  import { once } from 'node:events';
  import { endWithParent, removeWithParent } from ${JSON.stringify(MODULE)};
  const busy = endWithParent(() => spawn(process.execPath, ['-e', 'process.stdout.write("busy"); for (;;);'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  const deaf = endWithParent(() => spawn('sh', ['-c', 'trap "" TERM HUP INT; echo deaf; while :; do sleep 1000; done'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] }));
  const short = endWithParent(() => spawn('sh', ['-c', 'exit 0']));
  removeWithParent(process.argv[1]);
  await Promise.all([once(busy.stdout, 'data'), once(deaf.stdout, 'data'), once(short, 'exit')]);
  console.log('ready');
  if (process.argv[2] === 'exit') process.exit();
  setInterval(() => {}, 1000);
`;

const runParent = (...words: string[]) => run(['--input-type=module', '--eval', PARENT, ...words]);

describe('a child', () => {
  it.each<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'])(
    'ends when its parent ends by %s, with its own children, even if it is busy or ignores signals',
    async (signal) => {
      const folder = join(temporaryFolder(), 'a folder');
      mkdirSync(folder);
      const running = await runParent(folder);
      expect(await firstLine(running)).toBe('ready');
      const descendants = await descendantsOf(running.pid);
      // The three processes of the two children, and the guard.
      expect(descendants.map(({ command }) => command)).toHaveLength(4);
      await end(running.parent, signal);
      await waitUntilGone(descendants);
      await waitUntil('the folder to be removed', () => !existsSync(folder) || undefined);
    },
  );

  it('ends when its parent exits', async () => {
    const running = await runParent(join(temporaryFolder(), 'none'), 'exit');
    const ended = once(running.parent, 'exit');
    expect(await firstLine(running)).toBe('ready');
    const descendants = await descendantsOf(running.pid);
    await ended;
    await waitUntilGone(descendants);
    expect(running.parent.exitCode).toBe(0);
  });

  it('does not keep its parent alive', async () => {
    const program = `
      import { spawn } from 'node:child_process';
      import { endWithParent } from ${JSON.stringify(MODULE)};
      endWithParent(() => spawn('sleep', ['1000'], { stdio: 'ignore' })).unref();`;
    const { parent } = await run(['--input-type=module', '--eval', program]);
    expect(await once(parent, 'exit')).toEqual([0, null]);
  });
});

describe('a program of npm', () => {
  const program = (body: string) => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'program.mjs'),
      `import { endWithNpm } from ${JSON.stringify(MODULE)};\nendWithNpm();\nconsole.log('ready');\n${body}`,
    );
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'x', scripts: { go: `"${process.execPath}" program.mjs` } }),
    );
    return folder;
  };

  it.each<[NodeJS.Signals, string]>([
    ['SIGKILL', 'for (;;);'],
    ['SIGTERM', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);"],
  ])('ends when npm ends by %s', async (signal, body) => {
    const npm: ChildProcess = endWithParent(() =>
      spawn('npm', ['run', '--silent', 'go'], {
        cwd: program(body),
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      }),
    );
    const { pid = 0 } = npm;
    if (npm.stdout === null) throw new Error('its output is not piped');
    await once(createInterface(npm.stdout), 'line');
    const descendants = (await descendantsOf(pid)).filter(
      ({ command }) => !command.startsWith('ps '),
    );
    expect(descendants.some(({ command }) => command.includes('program.mjs'))).toBe(true);
    process.kill(pid, signal);
    try {
      await waitUntilGone(descendants);
    } catch (error) {
      // Nothing else ends a program without npm.
      for (const left of descendants) process.kill(left.pid, 'SIGKILL');
      throw error;
    }
  });

  it('may outlive its shell when npm did not start it', async () => {
    const env = { ...process.env };
    delete env['npm_lifecycle_event'];
    const folder = program('setTimeout(() => {}, 100);');
    const { parent } = await run(['program.mjs'], { cwd: folder, env });
    expect(await once(parent, 'exit')).toEqual([0, null]);
  });
});

describe('a program of this project', () => {
  it('leaves no worker of a simulation, and the worker reports no closed channel', async () => {
    const words = ['test/simulation/simulate.ts', '--seeds', '3', '--days', '3000'];
    const running = await run(words);
    const workers = await waitUntil('workers', async () => {
      const all = await descendantsOf(running.pid);
      return all.some(({ command }) => command.includes('seed-worker')) ? all : undefined;
    });
    await end(running.parent, 'SIGKILL');
    await waitUntilGone(workers);
    expect(running.errors()).not.toContain('ERR_IPC');
  });

  it('leaves no function of the embedded cloud that never ends', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'index.mjs'),
      "export const handler = () => { console.log('called'); for (;;); };",
    );
    const program = `
      import { startEnvironmentProcess } from ${JSON.stringify(join(ROOT, 'local/aws/lambda/environment-process.ts'))};
      const folder = ${JSON.stringify(folder)};
      const started = startEnvironmentProcess({ folder, variables: {}, onLine: (_, text) => console.log(text) });
      await started.request({ kind: 'start', folder, handler: 'index.handler', clockOffsetMs: 0 }, 60);
      await started.request({ kind: 'invoke', event: '{}', details: { timeoutSeconds: 60 }, clockOffsetMs: 0 }, 600);`;
    const running = await run(['--input-type=module', '--eval', program]);
    expect(await firstLine(running)).toContain('called');
    const functions = await descendantsOf(running.pid);
    expect(functions.map(({ command }) => command)).toContainEqual(
      expect.stringContaining('bootstrap.ts'),
    );
    await end(running.parent, 'SIGKILL');
    await waitUntilGone(functions);
  });
});

describe('a module that starts processes', () => {
  /** They wait for the process that they start, which ends by itself. */
  const EXEMPT = [
    // The command line itself, which runs helm.
    'bin/commands/manifests/run.ts',
    // The guard.
    'tools/processes/end-with-parent.ts',
  ];
  const STARTS = /\b(?:spawn|fork|execFile)\(|promisify\(execFile\)|new Worker\(/;

  it('lets each of them end with its parent', () => {
    const folders = '{bin,contract,forwarder,infra,kubernetes,lambda,local,test,tools}';
    const files = globSync(`${folders}/**/*.ts`, { cwd: ROOT, exclude: ['**/node_modules/**'] });
    expect(files.length).toBeGreaterThan(500);
    const starting = files.filter((file) => STARTS.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(starting.length).toBeGreaterThan(10);
    const unguarded = starting.filter(
      (file) => readFileSync(join(ROOT, file), 'utf8').match(/endWithParent\(/) === null,
    );
    expect(unguarded.filter((file) => !EXEMPT.includes(file))).toEqual([]);
  });
});
