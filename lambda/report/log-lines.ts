import { MAX_OBJECT_NAME_LENGTH } from '../../contract/kubernetes/object-name.ts';
import { explanationOf, type ItemOutcome } from '../act/item-outcome.ts';
import type { IgnoredMount } from '../decide/requested-secrets.ts';
import { shortenedSession } from './explanations.ts';

/** A line of the log about an outcome or a mount. */
export interface LogLine {
  readonly namespace: string;
  /** `debug` if nothing has changed. */
  readonly level: 'debug' | 'info' | 'warn';
  readonly message: string;
  readonly fields: Record<string, unknown>;
  /** What it is about and what is remembered of it, if it is a problem. It is logged when it begins and when it changes. */
  readonly problem?: { readonly key: string; readonly text: string };
}

const PROBLEMS: ReadonlySet<ItemOutcome['result']> = new Set(['failed', 'refused', 'deferred']);

/** Returns the line about an outcome. */
export function lineOfOutcome(outcome: ItemOutcome): LogLine {
  const { namespace, name, result } = outcome;
  const line = { namespace, message: `${result} Secret`, fields: fieldsOf(outcome) };
  if (result === 'kept') return { ...line, level: 'debug' };
  if (!PROBLEMS.has(result)) return { ...line, level: 'info' };
  const text = 'reason' in outcome ? `${result} ${outcome.reason} ${outcome.message}` : '';
  return { ...line, level: 'warn', problem: { key: `Secret ${name}`, text } };
}

/** Returns the line about a mount that requests no Secret. */
export function lineOfMount({ pod, secretName, reason, message }: IgnoredMount): LogLine {
  const { namespace, name } = pod;
  const secret = truncateSecretName(secretName);
  return {
    namespace,
    level: 'info',
    message: 'ignored mount',
    fields: { namespace, pod: name, secret, reason, explanation: message },
    problem: { key: `pod ${name} ${secret}`, text: reason },
  };
}

/** Returns the fields of a line. Each is named here, so that no field is logged by accident. */
function fieldsOf(outcome: ItemOutcome): Record<string, unknown> {
  const { action, namespace, name, role, roleArn, pod, awsIamRole, expiresAt } = outcome;
  return {
    action,
    namespace,
    secret: truncateSecretName(name),
    role,
    roleArn,
    ...(pod === undefined ? {} : { pod: pod.name }),
    ...(awsIamRole === undefined ? {} : { awsIamRole: awsIamRole.name }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    ...limitOf(outcome),
    ...('reason' in outcome ? { reason: outcome.reason, explanation: explanationOf(outcome) } : {}),
  };
}

/** The explanation of new credentials that expire earlier than configured. */
function limitOf(outcome: ItemOutcome): { readonly explanation?: string } {
  const { result, limitedSeconds } = outcome;
  if (limitedSeconds === undefined || (result !== 'created' && result !== 'renewed')) return {};
  const explanation = shortenedSession(outcome);
  return explanation === undefined ? {} : { explanation };
}

/** Truncates the name of a mounted Secret to the length that names have. A pod's author may write any text there. */
export function truncateSecretName(secretName: string): string {
  return secretName.slice(0, MAX_OBJECT_NAME_LENGTH);
}
