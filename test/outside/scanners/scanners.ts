import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type App, CfnResource, Stack } from 'aws-cdk-lib';
import {
  HIPAASecurityChecks,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import * as z from 'zod';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';
import type { CompiledProgram } from '../../support/programs/compiled-program.ts';
import { CHECKOV, type Requirement } from '../../support/requirements.ts';
import { KUBE_SCORE } from '../judge.ts';
import { CFN_GUARD, CONTROL_TOWER_RULES, RULES_REGISTRY } from './cfn-guard.ts';
import { type Finding, type ScannerName, withoutHash } from './finding.ts';

/** What is scanned. */
export interface Scanned {
  readonly app: App;
  /** Contains the next two, and nothing else. */
  readonly folder: string;
  /** The templates of the app. */
  readonly templates: string;
  /** Rendered charts. */
  readonly charts: string;
}

interface Scanner {
  readonly requirements: readonly Requirement[];
  /** What has to be built before. */
  readonly program?: CompiledProgram;
  readonly scan: (scanned: Scanned) => Promise<readonly Finding[]>;
}

/** Runs a scanner, which exits with another code than 0 if it finds something. @throws {Error} if it prints no JSON */
async function outputOf(command: string, parameters: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await runToEnd(command, parameters).catch((error: unknown) =>
    Outputs.parse(error),
  );
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new Error(`${command} printed no JSON: ${stderr}`, { cause });
  }
}

const Outputs = z.object({ stdout: z.string(), stderr: z.string() });

const CheckovReports = z.array(
  z.object({
    check_type: z.string(),
    results: z.object({
      failed_checks: z.array(z.object({ check_id: z.string(), resource: z.string() })),
    }),
  }),
);

async function runCheckov({ folder }: Scanned) {
  const frameworks = ['--framework', 'cloudformation', 'kubernetes', '--skip-download'];
  const format = ['--output', 'json', '--compact', '--quiet'];
  const reports = await outputOf(CHECKOV.command, [
    '--directory',
    folder,
    ...frameworks,
    ...format,
  ]);
  return CheckovReports.parse([reports].flat()).flatMap(({ check_type, results }) =>
    results.failed_checks.map(({ check_id, resource }) => {
      const parts = resource.split('.');
      const name = parts.at(-1) ?? '';
      return {
        rule: check_id,
        resource: check_type === 'kubernetes' ? `${parts[0]}/${name}` : withoutHash(name),
      };
    }),
  );
}

const GuardReports = z.array(
  z.object({
    not_compliant: z.array(z.object({ Rule: z.looseObject({ name: z.string() }) })),
  }),
);

async function runGuard(rules: string, templates: string) {
  const inputs = ['validate', '--rules', rules, '--data', templates];
  const format = ['--output-format', 'json', '--structured', '--show-summary', 'none'];
  const reports = GuardReports.parse(await outputOf(CFN_GUARD.command[0], [...inputs, ...format]));
  return reports.flatMap(({ not_compliant }) =>
    not_compliant.flatMap(({ Rule }) =>
      [...resourcesIn(Rule)].map((resource) => ({ rule: Rule.name, resource })),
    ),
  );
}

/** The resources whose paths appear in the checks of a rule that failed. */
function resourcesIn(rule: object): ReadonlySet<string> {
  const paths = JSON.stringify(rule).matchAll(/"path":"\/Resources\/(\w+)/g);
  return new Set([...paths].map(([, logicalId = '']) => withoutHash(logicalId)));
}

const PACKS = [
  HIPAASecurityChecks,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
];

async function runPacks({ app }: Scanned) {
  const logicalIds = new Map(
    app.node
      .findAll()
      .filter((node) => CfnResource.isCfnResource(node))
      .map((node) => [node.node.path, String(Stack.of(node).resolve(node.logicalId))]),
  );
  return PACKS.flatMap((Pack) => new Pack().validateScope(app).violations).flatMap(
    ({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => ({
        // Without the name of the pack: they share most rules.
        rule: ruleName.slice(ruleName.indexOf('-') + 1),
        resource: withoutHash(logicalIds.get(constructPath) ?? constructPath),
      })),
  );
}

const KubeScoreReport = z.array(
  z.object({
    type_meta: z.object({ kind: z.string() }),
    object_meta: z.object({ name: z.string() }),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
      }),
    ),
  }),
);
/** The grade of a check without findings. */
const ALL_OK = 10;

async function runKubeScore({ charts }: Scanned) {
  const { command } = KUBE_SCORE;
  const reports = await Promise.all(
    readdirSync(charts).map((file) =>
      outputOf(command[0], ['score', '--output-format', 'json', join(charts, file)]),
    ),
  );
  return reports
    .flatMap((report) => KubeScoreReport.parse(report))
    .flatMap(({ type_meta, object_meta, checks }) =>
      checks
        .filter(({ skipped, grade }) => !skipped && grade < ALL_OK)
        .map(({ check }) => ({
          rule: check.id,
          resource: `${type_meta.kind}/${object_meta.name}`,
        })),
    );
}

/** All scanners. */
export const SCANNERS: Readonly<Record<ScannerName, Scanner>> = {
  checkov: { requirements: [CHECKOV], scan: runCheckov },
  'cfn-guard, Control Tower': {
    requirements: [CFN_GUARD.builder],
    program: CFN_GUARD,
    scan: ({ templates }) => runGuard(CONTROL_TOWER_RULES, templates),
  },
  'cfn-guard, rules registry': {
    requirements: [CFN_GUARD.builder, RULES_REGISTRY],
    program: CFN_GUARD,
    scan: ({ templates }) => runGuard(RULES_REGISTRY.folder, templates),
  },
  'cdk-nag, other packs': { requirements: [], scan: runPacks },
  'kube-score': { requirements: [KUBE_SCORE.builder], program: KUBE_SCORE, scan: runKubeScore },
};
