import {
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { createRefresherApp } from '../../infra/refresher-app.ts';
import { runToEnd } from '../../tools/processes/end-with-parent.ts';
import { CDK_CONTEXT } from '../support/deployment/synthesize.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLUSTER = { clusterName: 'production', assumableRoles: ['app-*'] };

/** Modes of the files and folders of each asset, by path, in octal. */
type Modes = Readonly<Record<string, string>>;

function assetModes(assembly: string): Modes {
  return Object.fromEntries(
    readdirSync(assembly, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isSymbolicLink())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path.slice(assembly.length + 1), statSync(path)] as const)
      .filter(([path]) => /^asset\.[0-9a-f]{64}(\/|$)/.test(path))
      .map(([path, { mode }]) => [path, (mode & 0o7777).toString(8)]),
  );
}

/** Synthesizes the app with each umask, in its own process, because a umask applies to the whole process. */
async function synthesizedWith(umasks: readonly number[]): Promise<readonly Modes[]> {
  const folder = temporaryFolder();
  const context = { ...CDK_CONTEXT, clusters: [CLUSTER] };
  const script = `
    import { createRefresherApp } from './infra/refresher-app.ts';
    for (const umask of ${JSON.stringify(umasks)}) {
      process.umask(umask);
      const outdir = ${JSON.stringify(folder)} + '/' + umask;
      createRefresherApp({ outdir, context: ${JSON.stringify(context)} }).synth();
    }`;
  const words = ['--input-type=module', '--eval', script];
  await runToEnd(process.execPath, words, { cwd: ROOT });
  const modes = umasks.map((umask) => assetModes(join(folder, String(umask))));
  rmSync(folder, { recursive: true });
  return modes;
}

/** Synthesizes the app with other sources, and returns the modes of the assets that contain a file. */
function synthesizedFrom(write: (folder: string) => void, file: string): readonly Modes[] {
  const code = temporaryFolder();
  write(code);
  const outdir = temporaryFolder();
  createRefresherApp(
    { outdir, context: { ...CDK_CONTEXT, clusters: [CLUSTER] } },
    {
      createCode: () => Code.fromAsset(code),
      writeChart(folder) {
        write(folder);
        // Otherwise, both assets would be one.
        writeFileSync(join(folder, 'Chart.yaml'), 'name: stand-in\n');
      },
    },
  ).synth();
  const modes = Object.entries(assetModes(outdir));
  const paths = modes.map(([path]) => path).filter((path) => path.endsWith(`/${file}`));
  return paths
    .map((path) => path.slice(0, -file.length))
    .map((root) =>
      Object.fromEntries(
        modes
          .filter(([path]) => `${path}/`.startsWith(root))
          .map(([path, mode]) => [path.slice(root.length), mode]),
      ),
    );
}

describe('assets', () => {
  it('have the same keys and modes, which let everyone read them, with every umask', async () => {
    const [usual, ...others] = await synthesizedWith([0o022, 0o027, 0o077]);
    for (const path of ['refresh.mjs', 'sweep.mjs', 'files/forwarder.cjs.gz', 'helm/__init__.py']) {
      expect(Object.entries(usual ?? {})).toContainEqual([
        expect.stringMatching(new RegExp(`^asset\\.[0-9a-f]{64}/${path}$`)),
        '644',
      ]);
    }
    expect(new Set(Object.values(usual ?? {}))).toEqual(new Set(['644', '755']));
    for (const other of others) expect(other).toEqual(usual);
  });

  it('are those of each cluster, and written once for clusters with the same', () => {
    const written: string[] = [];
    const outdir = temporaryFolder();
    const clusters = ['lambda', 'cluster', 'lambda', 'cluster'].map((runsIn, i) => ({
      ...CLUSTER,
      clusterName: `c${i}`,
      runsIn,
    }));
    createRefresherApp(
      {
        outdir,
        context: { ...CDK_CONTEXT, 'aws:cdk:disable-asset-staging': true, clusters },
      },
      {
        createCode: () => Code.fromInline('exports.handler = () => {};'),
        writeChart(folder, { runsIn }) {
          written.push(runsIn);
          writeFileSync(join(folder, runsIn), '');
        },
      },
    );
    expect(written).toEqual(['lambda', 'cluster']);
    const charts = readdirSync(outdir, { recursive: true }).filter((path) =>
      /^asset\.[0-9a-f]{64}\/(?:lambda|cluster)$/.test(String(path)),
    );
    expect(charts).toHaveLength(2);
  });

  it('are readable if their sources are not', () => {
    const assets = synthesizedFrom((folder) => {
      const inner = join(folder, 'private');
      mkdirSync(inner);
      writeFileSync(join(inner, 'file'), 'contents');
      writeFileSync(join(inner, 'program'), '#!/bin/sh\n');
      chmodSync(join(inner, 'file'), 0o600);
      chmodSync(join(inner, 'program'), 0o700);
      chmodSync(inner, 0o700);
    }, 'private/file');
    const modes = { '': '755', private: '755', 'private/file': '644', 'private/program': '755' };
    // The functions and the chart.
    expect(assets).toEqual([expect.objectContaining(modes), expect.objectContaining(modes)]);
  });

  it('leave the target of a symbolic link unchanged', () => {
    const target = join(temporaryFolder(), 'target');
    writeFileSync(target, 'contents', { mode: 0o600 });
    synthesizedFrom((folder) => {
      writeFileSync(join(folder, 'file'), 'contents');
      symlinkSync(target, join(folder, 'link'));
    }, 'file');
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });
});
