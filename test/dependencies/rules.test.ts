import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../tools/processes/end-with-parent.ts';
import { type Requirement, requires } from '../support/requirements.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const DEPCRUISE = join(
  import.meta.dirname,
  'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
);
const RULES = join(import.meta.dirname, 'rules.mjs');

/** A tree that keeps all rules. */
const SOUND = {
  'contract/names.ts': "export type Name = 'a';",
  'kubernetes/client.ts':
    "import type { Name } from '../contract/names.ts'; export type Client = Name;",
  'lambda/decide/plan.ts':
    "import type { Name } from '../../contract/names.ts'; export type Plan = Name;",
  'lambda/act/act.ts': "import type { Plan } from '../decide/plan.ts'; export type Act = Plan;",
  'forwarder/main.ts':
    "import type { Plan } from '../lambda/decide/plan.ts'; export type Main = Plan;",
  'infra/stack.ts': "import type { Act } from '../lambda/act/act.ts'; export type Stack = Act;",
  'local/cloud.ts': "import type { Stack } from '../infra/stack.ts'; export type Cloud = Stack;",
  'local/demo/story.ts': "import type { Cloud } from '../cloud.ts'; export type Story = Cloud;",
  'bin/main.ts': "import type { Story } from '../local/demo/story.ts'; export type Main = Story;",
  'tools/helm/helm.ts':
    "import type { Name } from '../../contract/names.ts'; export type Helm = Name;",
  'tools/pictures/draw.ts':
    "import type { Main } from '../../bin/main.ts'; export type Picture = Main;",
  'test/support/cloud.ts':
    "import type { Cloud } from '../../local/cloud.ts'; export type Test = Cloud;",
  'test/demo.test.ts':
    "import type { Story } from '../local/demo/story.ts'; export type Test = Story;",
};

/** For each rule, a file that violates it. */
const VIOLATIONS = [
  violation('layer-contract', 'contract/uses-kubernetes.ts', 'kubernetes/client.ts'),
  violation('layer-kubernetes', 'kubernetes/uses-lambda.ts', 'lambda/decide/plan.ts'),
  violation('layer-lambda', 'lambda/uses-infra.ts', 'infra/stack.ts'),
  violation('layer-forwarder', 'forwarder/uses-act.ts', 'lambda/act/act.ts'),
  violation('layer-infra', 'infra/uses-local.ts', 'local/cloud.ts'),
  violation('layer-local', 'local/uses-test.ts', 'test/support/cloud.ts'),
  violation('layer-bin', 'bin/uses-pictures.ts', 'tools/pictures/draw.ts'),
  violation('leaf-tools-helm', 'tools/helm/uses-infra.ts', 'infra/stack.ts'),
  violation('leaf-tools-processes', 'tools/processes/uses-infra.ts', 'infra/stack.ts'),
  violation('leaf-tools-terminal', 'tools/terminal/uses-infra.ts', 'infra/stack.ts'),
  violation('no-test-in-tools', 'tools/pictures/uses-test.ts', 'test/support/cloud.ts'),
  violation('no-demo-in-tests', 'test/uses-story.ts', 'local/demo/story.ts'),
  {
    rule: 'no-cycles',
    from: 'contract/a.ts',
    to: 'contract/b.ts',
    files: {
      'contract/a.ts': "import type { B } from './b.ts'; export interface A { readonly b: B }",
      'contract/b.ts': "import type { A } from './a.ts'; export interface B { readonly a: A }",
    },
  },
  {
    rule: 'no-missing-packages',
    from: 'lambda/uses-missing.ts',
    to: './missing.ts',
    files: { 'lambda/uses-missing.ts': "import './missing.ts';" },
  },
  {
    rule: 'no-private-files-of-packages',
    from: 'lambda/uses-private.ts',
    to: 'node_modules/undici/lib/private.js',
    files: {
      'lambda/uses-private.ts': "import 'undici/lib/private.js';",
      'node_modules/undici/package.json': '{"name":"undici","main":"index.js"}',
      'node_modules/undici/lib/private.js': '',
    },
  },
  {
    rule: 'no-dev-packages-in-product',
    from: 'lambda/uses-vitest.ts',
    to: 'node_modules/vitest/index.js',
    files: {
      'lambda/uses-vitest.ts': "import 'vitest';",
      'node_modules/vitest/package.json': '{"name":"vitest","main":"index.js"}',
      'node_modules/vitest/index.js': '',
    },
  },
  {
    rule: 'no-unlisted-packages',
    from: 'lambda/uses-unlisted.ts',
    to: 'node_modules/unlisted/index.js',
    files: {
      'lambda/uses-unlisted.ts': "import 'unlisted';",
      'node_modules/unlisted/package.json': '{"name":"unlisted","main":"index.js"}',
      'node_modules/unlisted/index.js': '',
    },
  },
];

/** An import of a type. */
function violation(rule: string, from: string, to: string) {
  const path = `${'../'.repeat(from.split('/').length - 1)}${to}`;
  const files: Record<string, string> = { [from]: `export type X = typeof import('${path}');` };
  return { rule, from, to, files };
}

const DEPENDENCY_CRUISER: Requirement = {
  missing: 'dependency-cruiser',
  remedy: 'npm run lint:deps installs it',
  isMet: () => existsSync(DEPCRUISE),
};

describe('the dependency rules', requires(DEPENDENCY_CRUISER), () => {
  it('accept a tree that keeps them', async () => {
    expect(await violationsIn({})).toEqual([]);
  });

  it('report each violation, imports of types included', async () => {
    const files = Object.assign({}, ...VIOLATIONS.map((one) => one.files));
    const expected = VIOLATIONS.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`);
    expect((await violationsIn(files)).toSorted()).toEqual(expected.toSorted());
  });
});

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

/** Checks the sound tree with more files. */
async function violationsIn(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const packages = { dependencies: { undici: '*' }, devDependencies: { vitest: '*' } };
  const all = { 'package.json': JSON.stringify(packages), ...SOUND, ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const trees = [...new Set(Object.keys(SOUND).map((path) => path.split('/')[0] ?? ''))];
  const words = [DEPCRUISE, '--config', RULES, '--output-type', 'json', ...trees];
  const { stdout } = await runToEnd(process.execPath, words, { cwd: folder });
  const { summary } = JSON.parse(stdout);
  return (summary.violations as readonly Violation[]).map(
    ({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`,
  );
}
