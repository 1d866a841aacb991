import type { ItemOutcome } from '../act/item-outcome.ts';
import { type IgnoredMount, secretKey } from '../decide/requested-secrets.ts';
import type { PodEventReport } from './pod-event-report.ts';
import type { PassReport } from './pass-report.ts';

/** What the log needs of a logger; Powertools' one is what the functions give. */
export interface StructuredLogger {
  debug(message: string, fields: Record<string, unknown>): void;
  info(message: string, fields: Record<string, unknown>): void;
  warn(message: string, fields: Record<string, unknown>): void;
}

/** Writes the lines of runs and of pod events. */
export interface ChangeLog {
  /** Of a run, which sees all Secrets: trouble that it does not find is over. */
  writePass(
    outcomes: readonly ItemOutcome[],
    ignored: readonly IgnoredMount[],
    report: PassReport,
  ): void;
  /** Of a check, which does nothing: what was told before stays told. */
  writeCheck(report: PassReport): void;
  /** Of a pod event, which sees some. */
  writePodEvent(
    outcomes: readonly ItemOutcome[],
    ignored: readonly IgnoredMount[],
    report: PodEventReport,
  ): void;
}

const UNREMARKABLE: ReadonlySet<ItemOutcome['result']> = new Set(['kept']);
const TROUBLE: ReadonlySet<ItemOutcome['result']> = new Set(['failed', 'refused', 'deferred']);

/** How much trouble is remembered from event to event, until a run forgets what is over. */
const MAX_REMEMBERED_PROBLEMS = 10_000;

/**
 * Makes the log of a container: a line for each change, and one for the run or the event. What a refusal or a failure
 * says is written when it begins and when it changes, not every minute.
 */
export function createChangeLog(logger: StructuredLogger): ChangeLog {
  let toldBefore: ReadonlyMap<string, string> = new Map();

  function writeAll(outcomes: readonly ItemOutcome[], ignored: readonly IgnoredMount[]) {
    const told = new Map<string, string>();
    const isNews = (key: string, text: string): boolean => {
      const before = told.get(key) ?? toldBefore.get(key);
      told.set(key, text);
      return before !== text;
    };
    for (const outcome of outcomes) writeOutcome(outcome, isNews);
    for (const mount of ignored) writeIgnored(mount, isNews);
    return told;
  }

  return {
    writePass(outcomes, ignored, report) {
      toldBefore = writeAll(outcomes, ignored);
      writeReport(report);
    },
    writeCheck: writeReport,
    writePodEvent(outcomes, ignored, { latencies, ...report }) {
      const told = writeAll(outcomes, ignored);
      // A container that gets events only would remember for ever.
      toldBefore = toldBefore.size < MAX_REMEMBERED_PROBLEMS ? new Map([...toldBefore, ...told]) : told;
      const slowest = latencies.length === 0 ? {} : { slowestMilliseconds: Math.max(...latencies) };
      const isTroubled = isIncomplete(report);
      logger[isTroubled ? 'warn' : 'info']('pod event', { report: { ...report, ...slowest } });
    },
  };

  function writeReport(report: PassReport): void {
    const isTroubled = isIncomplete(report) || report.brake !== undefined;
    logger[isTroubled ? 'warn' : 'info'](`${report.pass} run`, { report });
  }

  function writeOutcome(
    outcome: ItemOutcome,
    isNews: (key: string, text: string) => boolean,
  ): void {
    logger[levelOf(outcome, isNews)](`${outcome.result} Secret`, fieldsOf(outcome));
  }

  function writeIgnored(
    { pod, secretName, reason, message }: IgnoredMount,
    isNews: (key: string, text: string) => boolean,
  ): void {
    if (!isNews(`${pod.namespace}/${pod.name}/${truncateSecretName(secretName)}`, reason)) return;
    logger.info('ignored mount', {
      namespace: pod.namespace,
      pod: pod.name,
      secret: truncateSecretName(secretName),
      reason,
      explanation: message,
    });
  }
}

/** What a line is worth: what is as it was is for who looks for a mistake. */
function levelOf(
  outcome: ItemOutcome,
  isNews: (key: string, text: string) => boolean,
): keyof StructuredLogger {
  if (UNREMARKABLE.has(outcome.result)) return 'debug';
  if (!TROUBLE.has(outcome.result)) return 'info';
  const text = 'reason' in outcome ? `${outcome.result} ${outcome.reason} ${outcome.message}` : '';
  return isNews(secretKey(outcome), text) ? 'warn' : 'debug';
}

/** Whether something could not be read, or not be written where people look. */
function isIncomplete(report: Pick<PassReport, 'incomplete' | 'unwritten'>): boolean {
  return report.incomplete.length > 0 || report.unwritten.length > 0;
}

/** The fields of a line, each by name, so that nothing joins them by accident. */
function fieldsOf(outcome: ItemOutcome): Record<string, unknown> {
  const { action, namespace, name, role, roleArn, pod, awsIamRole, expiresAt } = outcome;
  return {
    action,
    namespace,
    secret: name,
    role,
    roleArn,
    ...(pod === undefined ? {} : { pod: pod.name }),
    ...(awsIamRole === undefined ? {} : { awsIamRole: awsIamRole.name }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    ...('reason' in outcome ? { reason: outcome.reason, explanation: outcome.message } : {}),
  };
}

/** A mounted Secret's name as it is shown: it comes from a pod's author, and may be as long as the pod. */
export function truncateSecretName(secretName: string): string {
  return secretName.slice(0, 253);
}
