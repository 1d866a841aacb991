/** What a scanner finds in one resource of a template or of the chart. */
export interface Finding {
  /** ID of the rule. */
  readonly rule: string;
  /** Logical ID without CDK's hash, such as `RefreshFunction`, or kind and name of a manifest. */
  readonly resource: string;
}

export type ScannerName =
  | 'checkov'
  | 'cfn-guard, Control Tower'
  | 'cfn-guard, rules registry'
  | 'cdk-nag, other packs'
  | 'kube-score';

/** Removes the hash that CDK appends to logical IDs. */
export function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}
