import { ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSeverity } from '../../names.ts';

/** One way in which somebody is hurt, and how it is noticed. */
export interface AlarmDefinition {
  readonly severity: AlarmSeverity;
  /** What is wrong: one sentence. */
  readonly wrong: string;
  /** What happens to whom when nobody acts, and by when: a sentence or two. */
  readonly otherwise: string;
  /** Where to look first, when the runbook is not needed for that. */
  readonly look?: string;
  readonly metric: IMetric;
  readonly comparison: 'at-least' | 'less-than' | 'greater-than';
  readonly threshold: number;
  /** In how many periods it has to be so, of how many that are looked at. */
  readonly periods: readonly [breaching: number, of: number];
  /**
   * What a period without a value says. `good`: values are sent when something is wrong only. `unknown`: each run sends
   * one, so that without it nothing is known and the alarm stays as it is; that runs stopped is no all-clear.
   */
  readonly missing: 'good' | 'bad' | 'unknown';
}

/** Says how CloudWatch writes a comparison. */
export const COMPARISONS = {
  'at-least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  'less-than': ComparisonOperator.LESS_THAN_THRESHOLD,
  'greater-than': ComparisonOperator.GREATER_THAN_THRESHOLD,
} as const satisfies Record<AlarmDefinition['comparison'], ComparisonOperator>;

/** Says how CloudWatch writes what a missing value counts as. */
export const MISSING = {
  good: TreatMissingData.NOT_BREACHING,
  bad: TreatMissingData.BREACHING,
  unknown: TreatMissingData.IGNORE,
} as const satisfies Record<AlarmDefinition['missing'], TreatMissingData>;

/** What the texts of alarms depend on. */
export interface AlarmTexts {
  /** How long before their end credentials are renewed, in minutes. */
  readonly refreshBeforeMinutes: number;
}
