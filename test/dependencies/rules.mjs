/**
 * What may import what, for dependency-cruiser (`npm run lint:deps`). docs/architecture.md explains the layers. Imports of types
 * count like all others. Paths are relative to the folder that the check runs in.
 */
import { readFileSync } from 'node:fs';
import { dirname, normalize } from 'node:path';

/** Tools that the layers may import, and that therefore import `contract` only. */
const LEAVES = ['tools/helm', 'tools/processes', 'tools/terminal'];

/** Each layer, and the folders and modules that it may import besides itself. */
const LAYERS = {
  contract: [],
  kubernetes: ['contract'],
  lambda: ['contract', 'kubernetes'],
  forwarder: [
    'contract',
    'kubernetes',
    'lambda/observe',
    'lambda/decide',
    'lambda/minute-counter.ts',
    'lambda/turns.ts',
  ],
  'in-cluster': ['contract', 'kubernetes', 'lambda', 'forwarder'],
  infra: ['contract', 'kubernetes', 'lambda', 'forwarder', ...LEAVES],
  local: ['contract', 'kubernetes', 'lambda', 'forwarder', 'infra', ...LEAVES],
  bin: ['contract', 'kubernetes', 'lambda', 'forwarder', 'infra', 'local', ...LEAVES],
};

const TREES = [...Object.keys(LAYERS), 'tools', 'test'];

/** Imports of a package's private files that have no public equivalent. A test guards each. */
const PINNED = ['undici/lib/core/connect.js', 'undici/lib/dispatcher/agent.js'];

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that import each other, even types only, cannot be read one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(LAYERS).map(([layer, allowed]) => ({
      name: `layer-${layer}`,
      comment: `${layer}/ imports only: ${[layer, ...allowed].join(', ')}.`,
      severity: 'error',
      from: { path: inFolders([layer]) },
      to: { path: inFolders(TREES), pathNot: inFolders([layer, ...allowed]) },
    })),
    ...LEAVES.map((leaf) => ({
      name: `leaf-${leaf.replace('/', '-')}`,
      comment: `The layers import ${leaf}/, so it imports contract/ only.`,
      severity: 'error',
      from: { path: inFolders([leaf]) },
      to: { path: inFolders(TREES), pathNot: inFolders([leaf, 'contract']) },
    })),
    {
      name: 'no-test-in-tools',
      comment: 'Tools document and build the product; they do not depend on its tests.',
      severity: 'error',
      from: { path: inFolders(['tools']) },
      to: { path: inFolders(['test']) },
    },
    {
      name: 'no-demo-in-tests',
      comment: 'Tests start clusters and clouds themselves; only the tests of the demo import it.',
      severity: 'error',
      from: { path: inFolders(['test']), pathNot: '/demo[^/]*(?:/|$)' },
      to: { path: inFolders(['local/demo']) },
    },
    {
      name: 'no-private-files-of-packages',
      comment:
        'A private file of a package may change with any release. Import the package, or pin the file here.',
      severity: 'error',
      from: {},
      to: privateFiles(),
    },
    {
      name: 'no-missing-packages',
      comment: 'The file does not exist, or package.json does not list the package.',
      severity: 'error',
      from: {},
      // Types only, from @types/aws-lambda.
      to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
    },
    {
      name: 'no-unlisted-packages',
      comment: 'package.json does not list the package, so another package may take it away.',
      severity: 'error',
      // These folders have a package.json of their own.
      from: { pathNot: inFolders(['test/dependencies', 'test/mutation']) },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-packages-in-product',
      comment: 'What runs in Lambda and in the cluster uses the dependencies of package.json only.',
      severity: 'error',
      from: { path: inFolders(['contract', 'kubernetes', 'lambda', 'forwarder', 'in-cluster']) },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/(?:dependencies|mutation)/node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};

/** A pattern of the paths in the folders. */
function inFolders(folders) {
  return `^(?:${folders.join('|')})(?:/|$)`;
}

/**
 * The private files of the packages that do not declare `exports`, where Node.js lets anybody import everything: all below a
 * folder of the package but its main file.
 */
function privateFiles() {
  const root = new URL('../../', import.meta.url);
  const { dependencies, devDependencies } = readPackage(root);
  const open = Object.keys({ ...dependencies, ...devDependencies })
    .map((name) => ({ name, ...readPackage(new URL(`node_modules/${name}/`, root)) }))
    .filter(({ exports }) => exports === undefined);
  const mains = open.flatMap(({ name, main, module, types }) =>
    [main, module, types]
      .filter((file) => file !== undefined)
      .map((file) => dirname(normalize(`${name}/${file}`))),
  );
  const names = open.map(({ name }) => name);
  return {
    path: `/?node_modules/(?:${names.join('|')})/[^/]+/`,
    pathNot: [
      ...mains.map((folder) => `node_modules/${folder}/[^/]+$`),
      ...PINNED.map((file) => `node_modules/${file}$`),
    ],
  };
}

function readPackage(folder) {
  return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
}
