import { MAX_OBJECT_NAME_LENGTH } from '../../contract/kubernetes/object-name.ts';
import { explanationOf, type ItemOutcome } from '../act/item-outcome.ts';
import { type IgnoredMount, secretKey } from '../decide/requested-secrets.ts';
import type { PassReport } from './pass-report.ts';
import type { PodEventReport } from './pod-event-report.ts';

/** The methods of Powertools' `Logger` that reports use. */
export interface StructuredLogger {
  debug(message: string, fields: Record<string, unknown>): void;
  info(message: string, fields: Record<string, unknown>): void;
  warn(message: string, fields: Record<string, unknown>): void;
}

/** Logs what passes and pod events did. */
export interface ChangeLog {
  /** Logs a pass. A pass sees all Secrets, so a problem that it does not find is solved. */
  writePass(
    outcomes: readonly ItemOutcome[],
    ignored: readonly IgnoredMount[],
    report: PassReport,
  ): void;
  /** Logs the report of a check, which changes nothing. Problems that were logged stay remembered. */
  writeCheck(report: PassReport): void;
  /** Logs a pod event, which sees a few Secrets. */
  writePodEvent(
    outcomes: readonly ItemOutcome[],
    ignored: readonly IgnoredMount[],
    report: PodEventReport,
  ): void;
}

const PROBLEMS: ReadonlySet<ItemOutcome['result']> = new Set(['failed', 'refused', 'deferred']);

/** Maximum number of problems remembered between passes. */
const MAX_REMEMBERED_PROBLEMS = 10_000;

/**
 * Creates the log of a container: one line per change, and one per pass or pod event. A problem is logged when it begins and
 * when it changes, not every minute.
 */
export function createChangeLog(logger: StructuredLogger): ChangeLog {
  let remembered: ReadonlyMap<string, string> = new Map();

  function writeAll(outcomes: readonly ItemOutcome[], ignored: readonly IgnoredMount[]) {
    const problems = new Map<string, string>();
    const isNew = (key: string, text: string): boolean => {
      const before = problems.get(key) ?? remembered.get(key);
      problems.set(key, text);
      return before !== text;
    };
    for (const outcome of outcomes) writeOutcome(outcome, isNew);
    for (const mount of ignored) writeIgnored(mount, isNew);
    return problems;
  }

  return {
    writePass(outcomes, ignored, report) {
      remembered = writeAll(outcomes, ignored);
      writeReport(report);
    },
    writeCheck: writeReport,
    writePodEvent(outcomes, ignored, { latencies, ...report }) {
      const problems = writeAll(outcomes, ignored);
      // Only a pass forgets problems. A container that receives events only must not grow without a limit.
      const hasRoom = remembered.size < MAX_REMEMBERED_PROBLEMS;
      remembered = hasRoom ? new Map([...remembered, ...problems]) : problems;
      const slowest = latencies.length === 0 ? {} : { slowestMilliseconds: Math.max(...latencies) };
      logger[isIncomplete(report) ? 'warn' : 'info']('pod event', {
        report: { ...report, ...slowest },
      });
    },
  };

  function writeReport(report: PassReport): void {
    const isWarning = isIncomplete(report) || report.brake !== undefined || report.wrongMarks > 0;
    logger[isWarning ? 'warn' : 'info'](`${report.pass} pass`, { report });
  }

  function writeOutcome(outcome: ItemOutcome, isNew: (key: string, text: string) => boolean): void {
    logger[levelOf(outcome, isNew)](`${outcome.result} Secret`, fieldsOf(outcome));
  }

  function writeIgnored(
    { pod, secretName, reason, message }: IgnoredMount,
    isNew: (key: string, text: string) => boolean,
  ): void {
    const secret = truncateSecretName(secretName);
    if (!isNew(`${pod.namespace}/${pod.name}/${secret}`, reason)) return;
    logger.info('ignored mount', {
      namespace: pod.namespace,
      pod: pod.name,
      secret,
      reason,
      explanation: message,
    });
  }
}

/** Returns the level of an outcome. What has not changed since the last pass is logged at DEBUG. */
function levelOf(
  outcome: ItemOutcome,
  isNew: (key: string, text: string) => boolean,
): keyof StructuredLogger {
  if (outcome.result === 'kept') return 'debug';
  if (!PROBLEMS.has(outcome.result)) return 'info';
  const text = 'reason' in outcome ? `${outcome.result} ${outcome.reason} ${outcome.message}` : '';
  return isNew(secretKey(outcome), text) ? 'warn' : 'debug';
}

/** Whether a list could not be read, or a status could not be written. */
function isIncomplete(report: Pick<PassReport, 'incomplete' | 'unwritten'>): boolean {
  return report.incomplete.length > 0 || report.unwritten.length > 0;
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
    ...('reason' in outcome ? { reason: outcome.reason, explanation: explanationOf(outcome) } : {}),
  };
}

/** Truncates the name of a mounted Secret to the length that names have. A pod's author may write any text there. */
export function truncateSecretName(secretName: string): string {
  return secretName.slice(0, MAX_OBJECT_NAME_LENGTH);
}
