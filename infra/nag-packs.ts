import { type App, Validations } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import type { AppSettings } from './settings/schema/app.ts';

const PACKS = {
  HIPAASecurityChecks,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} satisfies Record<AppSettings['nagPacks'][number], unknown>;

/** Checks an app during synthesis against AwsSolutionsChecks and the packs of the settings. A finding fails the synthesis. */
export function addNagPacks(app: App, { nagPacks, acknowledgedFindings }: AppSettings): void {
  // cdk-nag reads a deprecated property of CDK, and users cannot do anything about the warning.
  process.env['JSII_DEPRECATED'] ??= 'quiet';
  const packs = [AwsSolutionsChecks, ...new Set(nagPacks.map((name) => PACKS[name]))];
  const validations = Validations.of(app);
  validations.addPlugins(...packs.map((Pack) => new Pack(app)));
  validations.acknowledge(...acknowledgedFindings);
}
