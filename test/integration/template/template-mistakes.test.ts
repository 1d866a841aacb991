import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemblyOf } from '../../support/deployment/assembly-of.ts';
import { CLUSTER_NAME } from '../../support/deployment/deployment.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { exercise } from './exercise.ts';
import { ASSUMABLE_ROLES, mutationsOf, TEMPLATE_FILE } from './mutations.ts';
import type { Resources } from './resources.ts';

const assembly = await assemblyOf({ clusterName: CLUSTER_NAME, assumableRoles: ASSUMABLE_ROLES });
const readResources = async (): Promise<Resources> =>
  JSON.parse(await readFile(join(assembly, TEMPLATE_FILE), 'utf8')).Resources;

/** Mistakes that no behavior shows, by the reason. */
const WITHOUT_EFFECT: Readonly<Record<string, RegExp>> = {
  'denies plain HTTP, which nothing here uses': /SNS::TopicPolicy .* AllowPublishThroughSSLOnly$/,
  'allows the administrators of the account to administer the key':
    /KMS::Key .*: without statement 0$/,
  'a retry comes after a minute, when the event is too old': /more tries$/,
};

const hasEffect = (name: string) => !Object.values(WITHOUT_EFFECT).some((one) => one.test(name));

describe('the template', async () => {
  const mutations = mutationsOf(await readResources()).filter(({ name }) => hasEffect(name));

  it.each(mutations)('does not work with $name', async ({ make, failingFunctions = [] }) => {
    const resources = await readResources();
    make(resources);
    expect(resources).not.toEqual(await readResources());
    const { problems } = await exercise(await assemblyWith(resources), 'first problem');
    expect(problems).not.toEqual([]);
    for (const name of failingFunctions) {
      expect(problems).toContainEqual(
        expect.stringMatching(new RegExp(`^firstMinute: ${name}: {"kind":"error"`)),
      );
    }
  });
});

/** A copy of the assembly with other resources. Assets are links, as they have 64 MB. */
async function assemblyWith(resources: Resources): Promise<string> {
  const folder = temporaryFolder();
  const others = (await readdir(assembly)).filter((name) => name !== TEMPLATE_FILE);
  await Promise.all(others.map((name) => symlink(join(assembly, name), join(folder, name))));
  const template = JSON.parse(await readFile(join(assembly, TEMPLATE_FILE), 'utf8'));
  await writeFile(
    join(folder, TEMPLATE_FILE),
    JSON.stringify({ ...template, Resources: resources }),
  );
  return folder;
}
