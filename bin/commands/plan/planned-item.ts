import { formatInstant } from '../../../contract/format-instant.ts';
import type { PlanItem } from '../../../lambda/decide/plan.ts';
import type { PlanContext } from '../../../lambda/decide/plan.ts';
import { whyOf } from '../../planning/why.ts';

/** A line of a plan, as `--output json` has it. */
export interface PlannedItem {
  readonly action: PlanItem['action'];
  readonly namespace: string;
  readonly secret: string;
  /** The role's name, with its path below `baseRoleArn`; the ARN of a role elsewhere; empty where it names none. */
  readonly role: string;
  readonly roleArn: string;
  /** A pod that wants it. */
  readonly pod?: string;
  /** The AWSIAMRole that it belongs to. */
  readonly awsIamRole?: string;
  readonly expiresAt?: string;
  /** Of what is refused or deferred, for machines. */
  readonly reason?: string;
  readonly why: string;
}

/** The line of an item. */
export function plannedItem(item: PlanItem, context: PlanContext): PlannedItem {
  const { action, namespace, name, role, roleArn, pod, awsIamRole, expiresAt } = item;
  return {
    action,
    namespace,
    secret: name,
    role,
    roleArn,
    ...(pod === undefined ? {} : { pod: pod.name }),
    ...(awsIamRole === undefined ? {} : { awsIamRole: awsIamRole.name }),
    ...(expiresAt === undefined ? {} : { expiresAt: formatInstant(expiresAt) }),
    ...('reason' in item ? { reason: item.reason } : {}),
    why: whyOf(item, context),
  };
}
