/**
 * Measures the synthesis of 200 clusters in 20 accounts and 5 Regions, with fleet monitoring, and of 20 and 1 for comparison, each in
 * a new process. Exit code 1 when a further cluster costs more CPU or memory among 200 than among 20: then either is not linear.
 *
 *     npm run bench:synth -- [--json FILE]
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runToEnd } from '../../tools/processes/end-with-parent.ts';

/** Maximum CPU of a further cluster among 200, as a multiple of that among 20. */
const MAX_RATIO = 1;
/** Maximum memory of a further cluster among 200, in MB. */
const MAX_MEMORY = 5;
const ACCOUNTS = 20;
const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-west-2', 'ap-southeast-2'];
const ROOT = join(import.meta.dirname, '../..');

const { values } = parseArgs({ options: { json: { type: 'string' } } });

const MEASURE = `
const { createRefresherApp } = await import('./infra/refresher-app.ts');
const started = performance.now();
createRefresherApp(JSON.parse(process.env.APP)).synth();
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
console.log(JSON.stringify({
  seconds: (performance.now() - started) / 1e3,
  cpu: (userCPUTime + systemCPUTime) / 1e6,
  memory: maxRSS / 1e3,
}));
`;

/** Costs of one synthesis: seconds, seconds of CPU, MB. */
interface Synthesis {
  readonly seconds: number;
  readonly cpu: number;
  readonly memory: number;
}

async function synthesize(count: number): Promise<Synthesis> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const clusters = Array.from({ length: count }, (_, i) => ({
    clusterName: `cluster-${i}`,
    account: String(100_000_000_000 + (i % ACCOUNTS)),
    region: REGIONS[i % REGIONS.length],
  }));
  const defaults = { assumableRoles: ['app-*'] };
  const fleet = { account: '999999999999' };
  const outdir = await mkdtemp(join(tmpdir(), 'synth-fleet-'));
  try {
    const { stdout } = await runToEnd(
      process.execPath,
      ['--input-type=module', '--eval', MEASURE],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          APP: JSON.stringify({ outdir, context: { ...context, defaults, fleet, clusters } }),
        },
      },
    );
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  } finally {
    await rm(outdir, { recursive: true });
  }
}

/** Costs of each cluster beyond those of the smaller synthesis. */
function perCluster(small: Synthesis, smallCount: number, large: Synthesis, count: number) {
  const clusters = count - smallCount;
  return {
    cpu: (large.cpu - small.cpu) / clusters,
    memory: (large.memory - small.memory) / clusters,
  };
}

const [one, twenty, all] = [await synthesize(1), await synthesize(20), await synthesize(200)];
const few = perCluster(one, 1, twenty, 20);
const many = perCluster(twenty, 20, all, 200);
const ratio = many.cpu / few.cpu;
const show = ({ seconds, cpu, memory }: Synthesis) =>
  `${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of CPU, ${memory.toFixed(0)} MB`;
console.log(`  1 cluster:    ${show(one)}`);
console.log(` 20 clusters:   ${show(twenty)}`);
console.log(`200 clusters:   ${show(all)}`);
console.log(
  `a further one:  ${few.cpu.toFixed(2)} s of CPU among 20, ${many.cpu.toFixed(2)} s and ${many.memory.toFixed(1)} MB among 200`,
);
console.log(
  `ratio:          ${ratio.toFixed(2)} (at most ${MAX_RATIO}); memory at most ${MAX_MEMORY} MB`,
);
if (values.json !== undefined) {
  await writeFile(values.json, JSON.stringify({ one, twenty, all, few, many, ratio }));
}
if (ratio > MAX_RATIO || many.memory > MAX_MEMORY) process.exitCode = 1;
