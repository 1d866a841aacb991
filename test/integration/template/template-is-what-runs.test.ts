import { readFileSync } from 'node:fs';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesize } from '../../../local/synthesize.ts';
import { CLUSTER_NAME } from '../../support/deployment.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { exercise } from './exercise.ts';
import { mutationsOf, type Resources } from './mutations.ts';
import { NOT_EXERCISED } from './not-exercised.ts';

const FILE = `KubeAwsIam-${CLUSTER_NAME}.template.json`;
const assembly = temporaryFolder();
// Of the second pattern, what the stack denies is a part.
const settings = { clusterName: CLUSTER_NAME, assumableRoles: ['app-*', '*-deploy'] };
await synthesize(assembly, [settings]);
const resources: Resources = JSON.parse(readFileSync(join(assembly, FILE), 'utf8')).Resources;

/** Mistakes by which nothing that the product does goes wrong, and why they are looked for elsewhere. */
const HARMLESS: Readonly<Record<string, RegExp>> = {
  'who asks over plain http is refused, and nothing here speaks it':
    /SNS::TopicPolicy .* AllowPublishThroughSSLOnly$/,
  'who administers the account may administer the key': /KMS::Key .*: without statement 0$/,
  'a second try comes after a minute, when the event is too old for it': /more tries$/,
};

const isIn = (list: Readonly<Record<string, RegExp>>, text: string) =>
  Object.values(list).some((pattern) => pattern.test(text));

describe('the template', () => {
  it('works in all its parts as it is, and has no statement that applies to nothing', async () => {
    const { complaints, unusedInPolicies } = await exercise(assembly, 'end');
    expect(complaints).toEqual([]);
    expect(unusedInPolicies.filter((id) => !isIn(NOT_EXERCISED, id))).toEqual([]);
  });

  const mistakes = mutationsOf(resources).filter(({ name }) => !isIn(HARMLESS, name));

  it.each(mistakes)('does not work with $name', async ({ make }) => {
    const template = JSON.parse(await readFile(join(assembly, FILE), 'utf8'));
    make(template.Resources);
    expect(template.Resources).not.toEqual(resources);
    const folder = temporaryFolder();
    // The assets have 64 MB, and stay as they are.
    const others = (await readdir(assembly)).filter((name) => name !== FILE);
    await Promise.all(others.map((name) => symlink(join(assembly, name), join(folder, name))));
    await writeFile(join(folder, FILE), JSON.stringify(template));
    expect((await exercise(folder, 'first complaint')).complaints).not.toEqual([]);
  });
});
