import * as z from 'zod';
import { functionNameOf } from '../../../infra/names.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { Invocation } from '../../lambda/invoke-function.ts';
import type { Check } from './check.ts';
import { type Finding, failed, notChecked, ok, warning } from './finding.ts';
import { unread } from './reading.ts';
import { commandFor, deployStack, installChart } from './remedies.ts';

/** What is read of the answer to a check. */
const answer = z.object({
  report: z.object({
    podsSeen: z.number(),
    secretsSeen: z.number(),
    incomplete: z.array(z.string()),
  }),
  roles: z
    .array(
      z.object({
        namespace: z.string(),
        roleArn: z.string(),
        canAssume: z.boolean(),
        reason: z.string().default(''),
        explanation: z.string().default('STS does not say why'),
      }),
    )
    .optional(),
  rolesNotTried: z.number().default(0),
});

/** A role that the function tried to assume for a namespace. */
export type CheckedRole = NonNullable<z.output<typeof answer>['roles']>[number];

/** The deployed function itself reaches EKS and the cluster and sees all that it should: from where it stands. */
export const refreshRunCheck: Check = {
  id: 'refresh-run',
  title: 'refresh: check',
  requires: ['aws-identity'],
  after: [
    'eks-cluster',
    'chart',
    'rights',
    'authentication-mode',
    'access-entry',
    'refresh-function',
    'refresh-running',
  ],
  async run({ aws, settings }) {
    const reading = await aws.check(functionNameOf(settings.clusterName, 'refresh'));
    if (reading.kind === 'read') return judgeRun(reading.value, settings);
    return reading.kind === 'absent' ? notChecked('there is no function') : unread(reading);
  },
};

/** Judges how the function's check ended. Its errors say what is wrong and what to do. */
export function judgeRun(invocation: Invocation, settings: ClusterSettings): Finding {
  if (invocation.kind === 'error') {
    const { errorType, errorMessage } = invocation;
    return failed(`it says: ${errorType}: ${errorMessage}`, remedyFor(errorType, settings));
  }
  const parsed = answer.safeParse(invocation.payload);
  if (!parsed.success) {
    return failed(
      'its answer is not that of a check',
      `${deployStack(settings)}: it may be of another version`,
    );
  }
  const { podsSeen, secretsSeen, incomplete } = parsed.data.report;
  if (incomplete.length > 0) {
    return failed('it does not see all that it should', installChart(settings), incomplete);
  }
  return ok(`${podsSeen} pending pods, ${secretsSeen} managed Secrets`);
}

function remedyFor(errorType: string, settings: ClusterSettings): string {
  const logs = `its log has more: the function ${functionNameOf(settings.clusterName, 'refresh')} in the Lambda console`;
  switch (errorType) {
    case 'ConfigError':
    case 'PassEventError':
      return deployStack(settings);
    case 'KubernetesApiError':
    case 'IncompleteViewError':
      return installChart(settings);
    case 'ClusterUnreachableError':
      return `you may reach what the function does not: it stands ${settings.vpc === undefined ? 'outside of any VPC' : `in ${settings.vpc.vpcId}`} (setting "vpc"); ${logs}`;
    default:
      return logs;
  }
}

/** The function can assume each role that pods and AWSIAMRoles have or wait for. */
export const rolesCheck: Check = {
  id: 'roles',
  title: 'roles',
  requires: ['refresh-run'],
  async run({ aws, settings }) {
    const reading = await aws.check(functionNameOf(settings.clusterName, 'refresh'));
    const parsed =
      reading.kind === 'read' && reading.value.kind === 'answer'
        ? answer.safeParse(reading.value.payload)
        : undefined;
    const { roles, rolesNotTried = 0 } = parsed?.data ?? {};
    return roles === undefined
      ? notChecked(
          'the function does not try roles: it is of an older version',
          deployStack(settings),
        )
      : judgeRoles({ roles, rolesNotTried }, settings);
  },
};

/** What gets well without anybody. */
const PASSING: ReadonlySet<string> = new Set(['sts-throttled', 'sts-failed']);

/** How many lines there are at most. */
const MOST_LINES = 20;

/** Judges which roles could be assumed. */
export function judgeRoles(
  {
    roles,
    rolesNotTried,
  }: { readonly roles: readonly CheckedRole[]; readonly rolesNotTried: number },
  settings: ClusterSettings,
): Finding {
  const denied = roles.filter(({ canAssume }) => !canAssume);
  if (denied.length === 0) return judgeUndenied(roles.length, rolesNotTried);
  const says = `${denied.length} of ${roles.length} cannot be assumed`;
  const lines = linesOf(denied);
  if (denied.every(({ reason }) => PASSING.has(reason))) {
    return { ...warning(says, 'run doctor again: STS was busy or did not answer'), details: lines };
  }
  return failed(
    says,
    `let the role trust the refresher: "${commandFor(settings, 'trust-policy', 'ROLE')}" prints the policy that does`,
    lines,
  );
}

function judgeUndenied(tried: number, notTried: number): Finding {
  if (notTried > 0) {
    return warning(
      `${tried} of ${tried + notTried} can be assumed; the function did not get to the others`,
      'the Events of pods and the alarm roles-not-assumable tell of those',
    );
  }
  return ok(tried === 0 ? 'none is asked for' : `${tried} of ${tried}`);
}

/** One line for each explanation: an intermediate role that is denied keeps all others from being assumed. */
function linesOf(denied: readonly CheckedRole[]): readonly string[] {
  const lines = [...Map.groupBy(denied, ({ explanation }) => explanation)].map(
    ([explanation, [first, ...others]]) => {
      const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
      return `${first?.roleArn} for namespace "${first?.namespace}"${more}: ${explanation}`;
    },
  );
  const left = lines.length - MOST_LINES;
  return left > 0 ? [...lines.slice(0, MOST_LINES), `and ${left} more`] : lines;
}
