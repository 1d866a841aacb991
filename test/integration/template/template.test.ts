import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemblyOf } from '../../support/deployment/assembly-of.ts';
import { ACCOUNT, CLUSTER_NAME } from '../../support/deployment/deployment.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { exercise } from './exercise.ts';
import type { SessionSettings } from './exercise-world.ts';
import { ASSUMABLE_ROLES, TEMPLATE_FILE } from './mutations.ts';
import type { Resources } from './resources.ts';

const TAGGED: SessionSettings = { sessionTags: true, externalId: 'handshake' };
const CHAINED: SessionSettings = {
  ...TAGGED,
  assumeRole: `arn:aws:iam::${ACCOUNT}:role/pod-roles`,
};

/** Policy statements that apply to no request here, by the reason. */
const UNUSED_STATEMENTS: Readonly<Record<string, RegExp>> = {
  'denies plain HTTP, which nothing here uses': /AllowPublishThroughSSLOnly$/,
  'allows the administrators of the account to administer the key': /^[0-9a-f-]{36}\/1$/,
  'trusts the refresher, which its own policy forbids': /^cdk-deploy\//,
};

const assemblyWith = (settings: SessionSettings) =>
  assemblyOf({ clusterName: CLUSTER_NAME, assumableRoles: ASSUMABLE_ROLES, ...settings });

describe('the template', () => {
  it.each([
    ['the default settings', {}],
    ['session tags and an external ID', TAGGED],
    ['an intermediate role, session tags and an external ID', CHAINED],
  ] as const)('works with %s, and has no unused policy statement', async (_, settings) => {
    const assembly = await assemblyWith(settings);
    const { problems, unusedInPolicies } = await exercise(assembly, 'end', settings);
    expect(problems).toEqual([]);
    const isExpected = (id: string) => Object.values(UNUSED_STATEMENTS).some((one) => one.test(id));
    expect(unusedInPolicies.filter((id) => !isExpected(id))).toEqual([]);
  });

  it.each([
    [TAGGED, 'AssumeRolesOfPods', 'sts:TagSession'],
    [CHAINED, 'AssumeIntermediateRole', 'sts:AssumeRole'],
  ] as const)(
    'with %o issues no credentials if %s does not allow %s',
    async (settings, sid, action) => {
      const broken = temporaryFolder();
      await cp(await assemblyWith(settings), broken, { recursive: true });
      await forbid(broken, sid, action);
      const { problems } = await exercise(broken, 'first problem', settings);
      expect(problems).toContainEqual(expect.stringContaining('there is no Secret of app-orders'));
    },
  );
});

/** Removes an action from a statement of the refresher's role, and the statement if no action is left. */
async function forbid(assembly: string, sid: string, action: string): Promise<void> {
  const file = join(assembly, TEMPLATE_FILE);
  const template = JSON.parse(await readFile(file, 'utf8'));
  for (const { Type, Properties } of Object.values<Resources[string]>(template.Resources)) {
    const document = Type === 'AWS::IAM::Role' && Properties.Policies?.[0]?.PolicyDocument;
    if (!document) continue;
    document.Statement = document.Statement.flatMap((statement) => {
      if (statement.Sid !== sid) return [statement];
      const left = [statement.Action].flat().filter((one) => one !== action);
      return left.length === 0 ? [] : [{ ...statement, Action: left }];
    });
  }
  await writeFile(file, JSON.stringify(template));
}
