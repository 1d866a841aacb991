import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { type Bundle, bundleFunctions, FUNCTIONS_FOLDER } from '../../../infra/functions/bundle.ts';
import { functionsCode } from '../../../infra/functions/functions-code.ts';
import { FUNCTION_NAMES } from '../../../infra/names.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Stands in for the product's sources: a shared, a CommonJS and a dynamically imported module. */
const SOURCES: Readonly<Record<string, string>> = {
  'refresh.ts': `import { shared } from './shared.ts';
export const handler = async (): Promise<string> => shared('refresh') + (await import('./heavy.ts')).heavy;`,
  'sweep.ts': `import { shared } from './shared.ts';
export const handler = (): string => shared('sweep') + shared.name;`,
  'events.ts': `import { shared } from './shared.ts';
export const handler = (): string => shared('events');`,
  'shared.ts': `import legacy from './legacy.cjs';
export function shared(name: string): string { return name + ' ' + legacy.separator; }`,
  'legacy.cjs': "module.exports = { separator: require('node:path').sep };",
  'heavy.ts': "export const heavy = 'HEAVY'.repeat(2);",
};

function entryFolder(): string {
  const folder = join(temporaryFolder(), 'lambda');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(folder, name), text);
  return folder;
}

function contentsOf(bundle: Bundle): Readonly<Record<string, string>> {
  return Object.fromEntries(
    bundle.files.map(({ path, contents }) => [path, Buffer.from(contents).toString()]),
  );
}

/** The files of the bundle that importing a function loads statically. */
function loadedAtStart(bundle: Bundle, entry: string): ReadonlySet<string> {
  const outputs = bundle.metafile.outputs;
  const loaded = new Set<string>();
  const visit = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { kind, path: next, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external) visit(next);
    }
  };
  visit(`bundle/${entry}.mjs`);
  return loaded;
}

describe('bundleFunctions', () => {
  it('creates a module for each function, and chunks', () => {
    const paths = bundleFunctions(entryFolder()).files.map(({ path }) => path);
    expect(paths.filter((path) => !path.startsWith('chunks/')).sort()).toEqual(
      FUNCTION_NAMES.flatMap((name) => [`${name}.mjs`, `${name}.mjs.map`]).toSorted(),
    );
    for (const path of paths) {
      expect(path).toMatch(/^(refresh|sweep|events|chunks\/[\w-]+-[A-Z0-9]{8})\.mjs(\.map)?$/);
    }
  });

  it('keeps dynamic imports out of the static ones', () => {
    const bundle = bundleFunctions(entryFolder());
    const contents = contentsOf(bundle);
    const withHeavy = Object.keys(contents).filter(
      (path) => path.endsWith('.mjs') && contents[path]?.includes('HEAVY'),
    );
    expect(withHeavy).toHaveLength(1);
    expect([...loadedAtStart(bundle, 'refresh')]).not.toContain(`bundle/${withHeavy[0]}`);
  });

  it('loads nothing for clusters outside EKS when a function starts', () => {
    const bundle = bundleFunctions(FUNCTIONS_FOLDER);
    const { outputs } = bundle.metafile;
    const isOfLogins = (input: string) =>
      /client-secrets-manager|js-yaml|kubernetes\/login|login-clients/.test(input);
    for (const name of FUNCTION_NAMES) {
      const inputs = [...loadedAtStart(bundle, name)].flatMap((file) =>
        Object.keys(outputs[file]?.inputs ?? {}),
      );
      expect(inputs.length).toBeGreaterThan(100);
      expect(inputs.filter(isOfLogins)).toEqual([]);
    }
    const all = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
    expect(all.filter(isOfLogins).length).toBeGreaterThan(10);
  });

  it('is reproducible wherever the sources are', () => {
    const folder = entryFolder();
    const elsewhere = join(temporaryFolder(), 'deeper', 'lambda');
    cpSync(folder, elsewhere, { recursive: true });
    expect(contentsOf(bundleFunctions(elsewhere))).toEqual(contentsOf(bundleFunctions(folder)));
  });

  it('leaves sources and local paths out of source maps', () => {
    const contents = contentsOf(bundleFunctions(entryFolder()));
    for (const path of Object.keys(contents).filter((name) => name.endsWith('.map'))) {
      const map = JSON.parse(contents[path] ?? '');
      expect(map).not.toHaveProperty('sourcesContent');
      for (const source of map.sources) expect(source).toMatch(/^(\.\.\/)+lambda\//);
    }
  });

  it('throws if a source cannot be bundled', () => {
    const folder = entryFolder();
    writeFileSync(join(folder, 'shared.ts'), "import './missing.ts';");
    expect(() => bundleFunctions(folder)).toThrow('missing.ts');
  });
});

describe('functionsCode', () => {
  /** Synthesizes a function with the code, and returns the folder of its asset. */
  const assetOf = (folder: string): string => {
    const app = new App({ outdir: temporaryFolder() });
    const stack = new Stack(app, 'Stack');
    const common = { runtime: Runtime.NODEJS_24_X, architecture: Architecture.ARM_64 };
    const code = functionsCode(folder);
    for (const name of FUNCTION_NAMES) {
      new LambdaFunction(stack, name, { ...common, code, handler: `${name}.handler` });
    }
    const assembly = app.synth();
    const assets = readdirSync(assembly.directory).filter((name) => name.startsWith('asset.'));
    expect(assets).toHaveLength(1);
    return join(assembly.directory, assets[0] ?? '');
  };

  it('creates one asset for all functions that Node runs', async () => {
    const asset = assetOf(entryFolder());
    const load = async (name: string) => import(pathToFileURL(join(asset, `${name}.mjs`)).href);
    expect(await (await load('refresh')).handler()).toBe('refresh /HEAVYHEAVY');
    // Minified, but function names are kept.
    expect(await (await load('sweep')).handler()).toBe('sweep /shared');
    expect(await (await load('events')).handler()).toBe('events /');
  });

  it('names the asset by the hash of its contents', () => {
    const folder = entryFolder();
    const name = (path: string) => path.slice(path.lastIndexOf('asset.'));
    const first = name(assetOf(folder));
    expect(name(assetOf(entryFolder()))).toBe(first);
    writeFileSync(join(folder, 'heavy.ts'), "export const heavy = 'changed';");
    expect(name(assetOf(folder))).not.toBe(first);
  });
});

describe('the bundle of the product', () => {
  it('loads no module of the Kubernetes client on a cold start', () => {
    const bundle = bundleFunctions(FUNCTIONS_FOLDER);
    for (const entry of FUNCTION_NAMES) {
      const inputs = [...loadedAtStart(bundle, entry)].flatMap((path) =>
        Object.keys(bundle.metafile.outputs[path]?.inputs ?? {}),
      );
      expect(inputs).toContain(`lambda/${entry}.ts`);
      expect(inputs.filter((path) => path.includes('@kubernetes/client-node'))).toEqual([]);
    }
  });

  it('loads the code for pod events in the function for pod events only, and the reverse', () => {
    const bundle = bundleFunctions(FUNCTIONS_FOLDER);
    const loads = (entry: string, module: string) =>
      [...loadedAtStart(bundle, entry)].some((path) => {
        const inputs = Object.entries(bundle.metafile.outputs[path]?.inputs ?? {});
        return inputs.some(([input, { bytesInOutput }]) => input === module && bytesInOutput > 0);
      });
    expect(FUNCTION_NAMES.map((name) => loads(name, 'lambda/read-pod-event.ts'))).toEqual([
      ...[false, false, true],
    ]);
    expect(FUNCTION_NAMES.map((name) => loads(name, 'lambda/run-pass.ts'))).toEqual([
      ...[true, true, false],
    ]);
  });

  it('bundles without warnings', () => {
    expect(bundleFunctions(FUNCTIONS_FOLDER).warnings).toEqual([]);
  });

  it('contains all packages, including the AWS SDK, so that the tested versions run', () => {
    const { metafile } = bundleFunctions(FUNCTIONS_FOLDER);
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const outside = imports.filter(({ external }) => external).map(({ path }) => path);
    // Optional packages of CommonJS packages: native accelerators and colours.
    const optional = ['bufferutil', 'supports-color', 'utf-8-validate'];
    expect(outside.filter((path) => !isBuiltin(path) && !optional.includes(path))).toEqual([]);
  });
});
