/**
 * Measures the cost of a cold start of the bundled `events`, for which pods wait, up to its handler, compared with the AWS SDK
 * clients that it needs, bundled in the same way: alternately, in new processes. Exit code 1 when it takes more than 1.5 times the CPU.
 *
 *     npm run bench:import -- [--rounds 15] [--json FILE]
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { bundleFunctions, FUNCTIONS_FOLDER } from '../../infra/functions/bundle.ts';
import { runToEnd } from '../../tools/processes/end-with-parent.ts';
import { FUNCTION_ENVIRONMENT } from '../support/builders/function-environment.ts';

/** Maximum CPU of the function, as a multiple of the CPU of the clients. */
const MAX_RATIO = 1.5;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, json: { type: 'string' } },
});

const CLIENTS = `
import { EKSClient } from '@aws-sdk/client-eks';
import { STSClient } from '@aws-sdk/client-sts';
export const handler = [new EKSClient({ region: 'eu-central-1' }), new STSClient({ region: 'eu-central-1' })];
`;

const MEASURE = `
const cpu = process.cpuUsage();
await import(process.argv[1]);
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ cpu: (user + system) / 1000, rss: process.memoryUsage().rss / 1e6 }));
process.exit();
`;

interface Import {
  readonly cpu: number;
  readonly rss: number;
}

async function importOnce(file: string): Promise<Import> {
  const { stdout } = await runToEnd(
    process.execPath,
    ['--input-type=module', '--eval', MEASURE, file],
    { env: FUNCTION_ENVIRONMENT },
  );
  return JSON.parse(stdout);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const folder = await mkdtemp(join(tmpdir(), 'cold-import-'));
try {
  const { files, metafile } = bundleFunctions(FUNCTIONS_FOLDER);
  for (const { path, contents } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), contents);
  }
  const clients = join(folder, 'clients.mjs');
  await build({
    stdin: { contents: CLIENTS, resolveDir: FUNCTIONS_FOLDER },
    outfile: clients,
    bundle: true,
    minify: true,
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire as c } from 'node:module'; const require = c(import.meta.url);",
    },
  });
  const candidates = { 'AWS SDK clients alone': clients, events: join(folder, 'events.mjs') };
  const imports: Record<string, Import[]> = {};
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [candidate, file] of Object.entries(candidates)) {
      imports[candidate] = [...(imports[candidate] ?? []), await importOnce(file)];
    }
  }
  const figures = Object.fromEntries(
    Object.entries(imports).map(([candidate, each]) => [
      candidate,
      {
        cpuMilliseconds: Math.round(median(each.map(({ cpu }) => cpu))),
        megabytesResident: Math.round(median(each.map(({ rss }) => rss))),
      },
    ]),
  );
  const ratio =
    (figures['events']?.cpuMilliseconds ?? Number.NaN) /
    (figures['AWS SDK clients alone']?.cpuMilliseconds ?? Number.NaN);
  const code = files.filter(({ path }) => path.endsWith('.mjs'));
  const bytes = code.reduce((sum, { contents }) => sum + contents.length, 0);
  const zipped = code.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  console.log(`Node ${process.version}; median of ${values.rounds} imports, each in a new process`);
  console.table(figures);
  console.log(
    `bundle of all functions: ${Math.round(bytes / 1e3)} KB, ${Math.round(zipped / 1e3)} KB gzipped; ` +
      `${Object.keys(metafile.inputs).length} modules`,
  );
  console.log(`CPU: ${ratio.toFixed(2)} times (limit: ${MAX_RATIO})`);
  if (values.json)
    await writeFile(
      values.json,
      JSON.stringify({ ratio, limit: MAX_RATIO, bytes, zipped, figures }, null, 2),
    );
  process.exitCode = ratio > MAX_RATIO ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}
