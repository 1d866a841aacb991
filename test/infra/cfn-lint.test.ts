import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { SETTING_NAMES } from '../../infra/settings/describe-issue.ts';
import { runToEnd } from '../../tools/processes/end-with-parent.ts';
import {
  COMBINATIONS,
  combinedClusters,
  SETTING_EXAMPLES,
} from '../support/deployment/setting-combinations.ts';
import { appWith, ENVIRONMENT_OF_STACK } from '../support/deployment/synthesize.ts';
import { CFN_LINT, requires } from '../support/requirements.ts';

const Findings = z.array(
  z.object({
    Level: z.string(),
    Message: z.string(),
    Filename: z.string(),
    Rule: z.object({ Id: z.string() }),
  }),
);

const { region } = ENVIRONMENT_OF_STACK;
/** Monitors the clusters from another account: a stack with a sink, and one with a link. */
const FLEET = {
  account: '999999999999',
  sinkArns: {
    [region]: `arn:aws:oam:${region}:999999999999:sink/0123abcd-0123-abcd-0123-0123456789ab`,
  },
  alarmEmail: 'ops@example.com',
};

/** Redundant DependsOn: CDK adds them to references. */
const RULES_VIOLATED_BY_CDK = ['W3005'];

describe('the linted settings', () => {
  it('include all settings', () => {
    expect(Object.keys(SETTING_EXAMPLES).sort()).toEqual([...SETTING_NAMES].sort());
    expect([...new Set(COMBINATIONS.flat())].sort()).toEqual([...SETTING_NAMES].sort());
  });
});

describe('cfn-lint', requires(CFN_LINT), () => {
  // A minute of CPU time on a slow machine.
  it('has no findings in the templates of all combinations', { timeout: 300_000 }, async () => {
    const app = appWith({ fleet: FLEET }, ...combinedClusters());
    const { directory } = app.synth();
    const templates = readdirSync(directory).filter((file) => file.endsWith('.template.json'));
    const fleet = templates.filter((file) => file.startsWith('KubeAwsIamFleet'));
    expect(fleet.join()).toMatch(/KubeAwsIamFleet-.*KubeAwsIamFleetLink-/);
    expect(templates).toHaveLength(COMBINATIONS.length + fleet.length);
    const files = templates.map((file) => join(directory, file));
    const parameters = ['--format', 'json', '--non-zero-exit-code', 'none', ...files];
    const { stdout } = await runToEnd(CFN_LINT.command, parameters);
    const found = Findings.parse(JSON.parse(stdout))
      .filter(({ Rule }) => !RULES_VIOLATED_BY_CDK.includes(Rule.Id))
      .map(({ Level, Rule, Message, Filename }) => `${Level} ${Rule.Id} ${Filename}: ${Message}`);
    expect(found).toEqual([]);
  });
});
