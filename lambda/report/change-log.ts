import { BUDGET } from '../../contract/budgets.ts';
import type { ItemOutcome } from '../act/item-outcome.ts';
import type { IgnoredMount } from '../decide/requested-secrets.ts';
import { createNamespaceMemory, type NamespaceMemory } from '../namespace-memory.ts';
import { type LogLine, lineOfMount, lineOfOutcome } from './log-lines.ts';
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

/**
 * Creates the log of a container: one line per change, and one per pass or pod event. A problem is logged when it begins and
 * when it changes, not every minute. Each namespace has a limited number of lines in a pass or pod event, and one that says
 * how many were left out. Problems whose lines were left out are logged by the next ones.
 */
export function createChangeLog(logger: StructuredLogger): ChangeLog {
  let remembered = createNamespaceMemory<string>();

  /** @param problems - remembers those that are found now */
  function writeLines(lines: readonly LogLine[], problems: NamespaceMemory<string>): void {
    const counts = new Map<string, number>();
    for (const line of lines) {
      if (line.level === 'debug' || isKnown(line, problems)) {
        logger.debug(line.message, line.fields);
      } else if (countLine(counts, line) <= BUDGET.logLinesPerNamespace) {
        remember(line, problems);
        logger[line.level](line.message, line.fields);
      }
    }
    writeLeftOut(counts);
  }

  function writeLeftOut(counts: ReadonlyMap<string, number>): void {
    for (const [namespace, count] of counts) {
      const notWritten = count - BUDGET.logLinesPerNamespace;
      if (notWritten > 0) logger.warn('left out lines of a namespace', { namespace, notWritten });
    }
  }

  /** Whether the line is about a problem that has been logged, which is remembered further. */
  function isKnown(line: LogLine, problems: NamespaceMemory<string>): boolean {
    const { namespace, problem } = line;
    if (problem === undefined) return false;
    const before = problems.get(namespace, problem.key) ?? remembered.get(namespace, problem.key);
    if (before !== problem.text) return false;
    remember(line, problems);
    return true;
  }

  return {
    writePass(outcomes, ignored, report) {
      const problems = createNamespaceMemory<string>();
      writeLines(linesOf(outcomes, ignored), problems);
      remembered = problems;
      writeReport(report);
    },
    writeCheck: writeReport,
    writePodEvent(outcomes, ignored, { latencies, ...report }) {
      // Only a pass forgets problems.
      writeLines(linesOf(outcomes, ignored), remembered);
      const slowest = latencies.length === 0 ? {} : { slowestMilliseconds: Math.max(...latencies) };
      logger[isIncomplete(report) ? 'warn' : 'info']('pod event', {
        report: { ...report, ...slowest },
      });
    },
  };

  function writeReport(report: PassReport): void {
    const isWarning =
      isIncomplete(report) ||
      report.brake !== undefined ||
      report.wrongMarks > 0 ||
      report.namespacesOverBudget > 0;
    logger[isWarning ? 'warn' : 'info'](`${report.pass} pass`, { report });
  }
}

/** Whether a list could not be read, or a status could not be written. */
function isIncomplete(report: Pick<PassReport, 'incomplete' | 'unwritten'>): boolean {
  return report.incomplete.length > 0 || report.unwritten.length > 0;
}

function linesOf(
  outcomes: readonly ItemOutcome[],
  ignored: readonly IgnoredMount[],
): readonly LogLine[] {
  return [...outcomes.map(lineOfOutcome), ...ignored.map(lineOfMount)];
}

function remember({ namespace, problem }: LogLine, problems: NamespaceMemory<string>): void {
  if (problem !== undefined) problems.set(namespace, problem.key, problem.text);
}

function countLine(counts: Map<string, number>, { namespace }: LogLine): number {
  const count = (counts.get(namespace) ?? 0) + 1;
  counts.set(namespace, count);
  return count;
}
