import { ACCEPTED_FINDINGS } from './accepted-findings.ts';
import type { Finding, ScannerName } from './finding.ts';

/** The differences between what a scanner finds and what is accepted. Both lists are empty if all is well. */
export interface Comparison {
  /** Findings without a reason. */
  readonly withoutReason: readonly string[];
  /** Accepted rules and resources that are not found any more. */
  readonly notFound: readonly string[];
}

/** Compares the findings of one scanner in all templates and charts with the accepted ones. */
export function compareWithAccepted(
  scanner: ScannerName,
  findings: readonly Finding[],
  topics = ACCEPTED_FINDINGS,
): Comparison {
  const accepted = topics.flatMap(({ rules }) =>
    Object.entries(rules[scanner] ?? {}).flatMap(([rule, resources]) =>
      resources.map((resource) => ({ rule, resource })),
    ),
  );
  const isAccepted = (finding: Finding) =>
    accepted.some(({ rule, resource }) => rule === finding.rule && matches(resource, finding));
  const isFound = ({ rule, resource }: { rule: string; resource: string }) =>
    findings.some((finding) => rule === finding.rule && matches(resource, finding));
  const titlesOf = (list: readonly { rule: string; resource: string }[]) =>
    [...new Set(list.map(({ rule, resource }) => `${rule} ${resource}`))].sort();
  return {
    withoutReason: titlesOf(findings.filter((finding) => !isAccepted(finding))),
    notFound: titlesOf(accepted.filter((one) => !isFound(one))),
  };
}

function matches(pattern: string, { resource }: Finding): boolean {
  return pattern.endsWith('*') ? resource.startsWith(pattern.slice(0, -1)) : resource === pattern;
}
