import { CELLS } from './cells.ts';
import { RULES, type Rule, ruleOf } from './rules.ts';

const HEADER = ['Secret', 'AWSIAMRole', 'pod', 'what the refresher does', 'what you see', 'cells'];

/** Renders the table of docs/ownership.md. */
export function ownershipTable(): string {
  const counts = Map.groupBy(CELLS, ruleOf);
  const rows = RULES.map((rule) => [
    rule.secret,
    rule.awsIamRole,
    rule.pod,
    rule.action,
    reportOf(rule),
    `${counts.get(rule)?.length ?? 0}`,
  ]);
  const lines = [HEADER, HEADER.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function reportOf({ report = {} }: Rule): string {
  const { pod, resource, ready, reason, alarm } = report;
  const parts = [
    ...(pod === undefined ? [] : [`pod: \`${pod}\``]),
    ...(resource === undefined ? [] : [`AWSIAMRole: \`${resource}\``]),
    ...(ready === undefined ? [] : [`\`Ready\`: \`${ready}\``]),
    ...(reason === undefined ? [] : [`log: \`${reason}\``]),
    ...(alarm === undefined ? [] : [`alarm: ${alarm}`]),
  ];
  return parts.length === 0 ? '-' : parts.join('; ');
}
