import * as z from 'zod';
import { PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import { REFRESHER_DEPLOYMENT } from '../../../../contract/kubernetes/refresher-lease.ts';
import { functionNameOf } from '../../../../infra/names.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import type { AccessProblem } from '../../../../kubernetes/eks/endpoint-access.ts';
import { shellCommand } from '../../../../tools/terminal/shell-quote.ts';
import type { InvocationResult } from '../../../lambda/invoke-function.ts';
import { type Check, type Finding, failed, notChecked, ok, unreadable, warning } from '../check.ts';
import { commandFor, deployStack, installChartCommand } from '../remedies.ts';
import { accessProblemOf } from './endpoint-access.ts';

const UNEXPLAINED = 'STS gives no reason';

/** Response of a function that was invoked in check mode. */
const checkResponse = z.object({
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
        explanation: z.string().default(UNEXPLAINED),
      }),
    )
    .optional(),
  rolesNotTried: z.number().default(0),
  wouldDo: z
    .array(
      z.object({
        action: z.string(),
        namespace: z.string(),
        secret: z.string(),
        reason: z.string().default(''),
        explanation: z.string().default(''),
      }),
    )
    .default([]),
});

/** A Secret that the function would not issue. */
export type WithheldSecret = z.output<typeof checkResponse>['wouldDo'][number];

/** A role that the function tried to assume for a namespace. */
export type CheckedRole = NonNullable<z.output<typeof checkResponse>['roles']>[number];

/** The refresher can reach the cluster, and list everything it needs, from its own network. */
export const refreshAccessCheck: Check = {
  id: 'refresh-run',
  title: 'refresh: check',
  requires: ['aws-identity'],
  after: [
    'eks-cluster',
    'chart',
    'rights',
    'authentication-mode',
    'access-entry',
    'endpoint-access',
    'login',
    'refresh-function',
    'refresh-running',
    'refresher-secret',
    'refresher',
    'refresher-lease',
  ],
  async run({ aws, check, settings }) {
    const result = await check();
    if (result.kind === 'found') {
      const { clusterName, kind, runsIn } = settings;
      const isFunctionOnEks = kind === 'eks' && runsIn === 'lambda';
      const cluster = isFunctionOnEks ? await aws.cluster(clusterName) : undefined;
      const problem =
        cluster?.kind === 'found' ? accessProblemOf(cluster.value, settings) : undefined;
      return judgeAccess(result.value, settings, problem);
    }
    return result.kind === 'absent'
      ? notChecked('the function does not exist')
      : unreadable(result);
  },
};

/** Judges the result of the function's check. Errors of the function contain cause and remedy. */
export function judgeAccess(
  invocation: InvocationResult,
  settings: ClusterSettings,
  problem?: AccessProblem,
): Finding {
  if (invocation.kind === 'error') {
    const { errorType, errorMessage } = invocation;
    return failed(
      `${refresherOf(settings)} failed: ${errorType}: ${errorMessage}`,
      problem !== undefined && errorMessage.includes(problem.cause)
        ? problem.remedy
        : remedyFor(errorType, settings),
    );
  }
  const parsed = checkResponse.safeParse(invocation.payload);
  if (!parsed.success) {
    return failed(
      `${refresherOf(settings)} returned an unexpected response, perhaps because it has another version`,
      replaceRefresher(settings),
    );
  }
  const { podsSeen, secretsSeen, incomplete } = parsed.data.report;
  if (incomplete.length > 0) {
    return failed(
      `${refresherOf(settings)} cannot list everything`,
      installChartCommand(settings),
      incomplete,
    );
  }
  return ok(`${podsSeen} pods, ${secretsSeen} managed Secrets`);
}

/** The refresher, as the subject of a sentence. */
function refresherOf({ runsIn }: Pick<ClusterSettings, 'runsIn'>): string {
  return runsIn === 'cluster' ? 'the refresher' : 'the function';
}

/** Remedy for a refresher of another version. */
function replaceRefresher(settings: ClusterSettings): string {
  return settings.runsIn === 'cluster' ? installChartCommand(settings) : deployStack(settings);
}

function remedyFor(errorType: string, settings: ClusterSettings): string {
  const { clusterName, kind, runsIn, vpc } = settings;
  if (runsIn === 'cluster') {
    return shellCommand`run: kubectl logs deployment/${REFRESHER_DEPLOYMENT} --namespace ${PRODUCT_NAMESPACE}`;
  }
  const log = `check the log of function ${functionNameOf(clusterName, 'refresh')}`;
  switch (errorType) {
    case 'ConfigError':
    case 'PassEventError':
      return deployStack(settings);
    case 'KubernetesApiError':
    case 'IncompleteViewError':
      return installChartCommand(settings);
    case 'ClusterUnreachableError':
      return `the function runs ${vpc === undefined ? 'outside of any VPC' : `in ${vpc.vpcId}`} and may be unable to reach what you can: check the setting "vpc", and ${log}`;
    case 'ClusterSetupError':
      return kind === 'eks'
        ? log
        : `follow the message, or run: ${commandFor(settings, 'connect')}`;
    default:
      return log;
  }
}

/** The refresher can assume every role that pods and AWSIAMRoles use or request. */
export const rolesCheck: Check = {
  id: 'roles',
  title: 'roles',
  requires: ['refresh-run'],
  async run({ check, settings }) {
    const result = await check();
    const parsed =
      result.kind === 'found' && result.value.kind === 'response'
        ? checkResponse.safeParse(result.value.payload)
        : undefined;
    const { roles, rolesNotTried = 0, wouldDo = [] } = parsed?.data ?? {};
    const { omitted = 0 } =
      result.kind === 'found' && result.value.kind === 'response' ? result.value : {};
    const withheld = wouldDo.filter(({ action }) => action === 'refuse' || action === 'defer');
    return roles === undefined
      ? notChecked(
          `${refresherOf(settings)} does not check roles, because it has an older version`,
          replaceRefresher(settings),
        )
      : judgeRoles({ roles, rolesNotTried: rolesNotTried + omitted, withheld }, settings);
  },
};

/** Reasons that do not need an operator. */
const TRANSIENT_REASONS: ReadonlySet<string> = new Set(['sts-throttled', 'sts-failed']);

const MAX_DETAILS = 20;

/** What the function found out about the roles of pods and AWSIAMRoles. */
interface CheckedRoles {
  readonly roles: readonly CheckedRole[];
  readonly rolesNotTried: number;
  /** The requests that a guard refuses, or that are deferred. Their roles are not tried. */
  readonly withheld: readonly WithheldSecret[];
}

/** Judges which roles could be assumed, and which requests are not allowed. */
export function judgeRoles(
  { roles, rolesNotTried, withheld }: CheckedRoles,
  settings: ClusterSettings,
): Finding {
  const denied = roles.filter(({ canAssume }) => !canAssume);
  if (denied.length === 0) {
    return withheld.length === 0
      ? judgeWithoutDenied(roles.length, rolesNotTried)
      : judgeWithheld(withheld);
  }
  const says = `${denied.length} of ${roles.length} cannot be assumed`;
  const details = detailsOf(denied);
  if (denied.every(({ reason }) => TRANSIENT_REASONS.has(reason))) {
    return warning(says, 'run doctor again: STS was throttled or did not answer', details);
  }
  return failed(
    says,
    denied.some(mayBeUntrusted)
      ? `add the refresher to the role's trust policy; "${commandFor(settings, 'trust-policy', 'ROLE')}" prints the policy`
      : 'change what each explanation names: no trust policy can allow it',
    details,
  );
}

/** Whether a trust policy may be the cause: STS names another one (lambda/act/sessions/denial-remedy.ts), or none. */
function mayBeUntrusted({ explanation }: CheckedRole): boolean {
  return explanation.includes('its trust policy') || explanation === UNEXPLAINED;
}

/** A request that is not allowed is the tenant's to fix, and may be meant. */
function judgeWithheld(withheld: readonly WithheldSecret[]): Finding {
  const details = withheld.map(
    ({ namespace, secret, reason, explanation }) =>
      `Secret ${secret} in namespace "${namespace}": ${reason}: ${explanation}`,
  );
  return warning(
    withheld.length === 1
      ? '1 requested Secret is not issued or renewed'
      : `${withheld.length} requested Secrets are not issued or renewed`,
    'follow the explanation of each; pods that have credentials lose them when they expire',
    truncated(details),
  );
}

function judgeWithoutDenied(tried: number, notTried: number): Finding {
  if (notTried > 0) {
    return warning(
      `${tried} of ${tried + notTried} can be assumed; the others were not tried, or are not in the response`,
      'for the others, see the Events of pods and the alarm roles-not-assumable',
    );
  }
  return ok(tried === 0 ? 'none requested' : `${tried} of ${tried}`);
}

/** Groups by explanation: if the intermediate role is denied, no other role can be assumed. */
function detailsOf(denied: readonly CheckedRole[]): readonly string[] {
  const lines = [...Map.groupBy(denied, ({ explanation }) => explanation)].map(
    ([explanation, [first, ...others]]) => {
      const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
      return `${first?.roleArn} for namespace "${first?.namespace}"${more}: ${explanation}`;
    },
  );
  return truncated(lines);
}

function truncated(lines: readonly string[]): readonly string[] {
  const omitted = lines.length - MAX_DETAILS;
  return omitted > 0 ? [...lines.slice(0, MAX_DETAILS), `and ${omitted} more`] : lines;
}
