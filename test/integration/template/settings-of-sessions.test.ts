import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesize } from '../../../local/synthesize.ts';
import { ACCOUNT, CLUSTER_NAME } from '../../support/deployment.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { exercise, type SessionSettings } from './exercise.ts';
import type { Resources } from './mutations.ts';
import { NOT_EXERCISED } from './not-exercised.ts';

const assemblyOf = async (settings: SessionSettings): Promise<string> => {
  const folder = temporaryFolder();
  const assumableRoles = ['app-*', '*-deploy'];
  await synthesize(folder, [{ clusterName: CLUSTER_NAME, assumableRoles, ...settings }]);
  return folder;
};

/** Takes an action from the statement of the refresher's role, or the statement when nothing is left of it. */
async function forbid(assembly: string, sid: string, action: string): Promise<void> {
  const file = join(assembly, `KubeAwsIam-${CLUSTER_NAME}.template.json`);
  const template = JSON.parse(await readFile(file, 'utf8'));
  for (const { Type, Properties } of Object.values<Resources[string]>(template.Resources)) {
    const document = Type === 'AWS::IAM::Role' && Properties.Policies?.[0]?.PolicyDocument;
    if (!document) continue;
    document.Statement = document.Statement.flatMap(
      (statement: { readonly Sid?: string; readonly Action: string | string[] }) => {
        if (statement.Sid !== sid) return [statement];
        const left = [statement.Action].flat().filter((one) => one !== action);
        return left.length === 0 ? [] : [{ ...statement, Action: left }];
      },
    );
  }
  await writeFile(file, JSON.stringify(template));
}

const TAGGED: SessionSettings = { sessionTags: true, externalId: 'handshake' };
const CHAINED: SessionSettings = {
  ...TAGGED,
  assumeRole: `arn:aws:iam::${ACCOUNT}:role/pod-roles`,
};

// Synthesized here, as that takes longer than the tests.
describe.each([
  {
    what: 'tags and an external id',
    settings: TAGGED,
    assembly: await assemblyOf(TAGGED),
    right: ['AssumeRolesOfPods', 'sts:TagSession'],
  },
  {
    what: 'an intermediate role, tags and an external id',
    settings: CHAINED,
    assembly: await assemblyOf(CHAINED),
    right: ['AssumeIntermediateRole', 'sts:AssumeRole'],
  },
] as const)('the template with $what', ({ settings, assembly, right: [sid, action] }) => {
  it('works in all its parts, and has no statement that applies to nothing', async () => {
    const { complaints, unusedInPolicies } = await exercise(assembly, 'end', settings);
    expect(complaints).toEqual([]);
    const isExpected = (id: string) => Object.values(NOT_EXERCISED).some((one) => one.test(id));
    expect(unusedInPolicies.filter((id) => !isExpected(id))).toEqual([]);
  });

  it(`gives no credentials without ${action} in ${sid}`, async () => {
    const broken = temporaryFolder();
    await cp(assembly, broken, { recursive: true });
    await forbid(broken, sid, action);
    const { complaints } = await exercise(broken, 'first complaint', settings);
    expect(complaints).toContainEqual(expect.stringContaining('there is no Secret of app-orders'));
  });
});
