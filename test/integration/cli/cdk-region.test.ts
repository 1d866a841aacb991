import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';
import { bundledProgram } from '../../support/programs/bundled-program.ts';
import { prepareRegionCase, REGION_CASES } from '../../support/region-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The code of the CDK CLI, which takes longer to load than to run: all cases share a process. */
const CDK = join(import.meta.dirname, '../../../node_modules/aws-cdk/lib/index.js');
/** The region of the CDK CLI if nothing sets it. */
const FALLBACK = 'us-east-1';
/** A CDK app without stacks. It writes the region in which the CDK CLI deploys a stack without a region. */
const APP = "require('node:fs').writeFileSync('region', process.env.CDK_DEFAULT_REGION);";
/** Runs the CDK CLI in each folder, with its variables. The CLI fails, but only after the app has run. */
const SCRIPT = `
const { exec } = require(${JSON.stringify(CDK)});
(async () => {
  for (const { folder, variables } of JSON.parse(process.argv[1])) {
    for (const name of Object.keys(process.env)) if (name !== 'PATH') delete process.env[name];
    Object.assign(process.env, variables);
    process.chdir(folder);
    await exec(['list', '--app', 'node app.cjs', '--no-notices']).catch(() => {});
  }
  process.exit(0);
})();`;

describe('the CDK CLI', () => {
  const prepared = REGION_CASES.map((regionCase) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'app.cjs'), APP);
    return { ...regionCase, folder, variables: prepareRegionCase(regionCase, folder) };
  });
  beforeAll(async () => {
    await runToEnd(process.execPath, ['--eval', SCRIPT, JSON.stringify(prepared)], {
      env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` },
    });
  });

  // The cases of test/unit/bin/cluster/cdk-environment.test.ts.
  it.each(prepared)('deploys to the region of $title', ({ folder, expected }) => {
    expect(readFileSync(join(folder, 'region'), 'utf8')).toBe(expected ?? FALLBACK);
  });
});

describe('kube-aws-iam', () => {
  /** Runs a command where only the last of the environment variables sets the region. */
  const run = async (...words: readonly string[]) => {
    const cwd = temporaryFolder();
    const cluster = { clusterName: 'prod', account: '123456789012', assumableRoles: ['app-*'] };
    const context = { clusters: [cluster] };
    writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ context }));
    const variables = { AWS_REGION: '', AMAZON_DEFAULT_REGION: 'cn-north-1' };
    const env = prepareRegionCase({ title: '', variables, expected: 'cn-north-1' }, cwd);
    const path = { PATH: process.env['PATH'] };
    const program = [await bundledProgram(), ...words];
    return runToEnd(process.execPath, program, { cwd, env: { ...env, ...path } });
  };

  it('prints the trust policy for the region of the CDK CLI', async () => {
    const { stdout } = await run('trust-policy');
    const principal = 'arn:aws-cn:iam::123456789012:role/kube-aws-iam-cn-north-1-prod';
    expect(stdout).toContain(`"${principal}"`);
  });

  it('writes the manifests for the region of the CDK CLI', async () => {
    const folder = temporaryFolder();
    await run('manifests', '--chart', folder);
    expect(readFileSync(join(folder, 'values.yaml'), 'utf8')).toContain('  region: "cn-north-1"\n');
  });
});
