import {
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { WIDTH } from './graph.ts';

/** The latest failures: of Secrets, when they begin or change, and of whole passes. */
export function logWidgets(logGroups: readonly ILogGroup[]): readonly IWidget[] {
  const table = (title: string, height: number, queryLines: string[]) =>
    new LogQueryWidget({
      title,
      logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
      view: LogQueryVisualizationType.TABLE,
      queryLines,
      width: WIDTH.full,
      height,
    });
  return [
    table('Secrets not issued', 8, [
      // As many columns as fit; the log line has the rest.
      'fields @timestamp, message, namespace, secret, role, reason, explanation',
      // Unchanged failures are logged as DEBUG.
      'filter level = "WARN" and message in ["failed Secret", "refused Secret", "deferred Secret"]',
      'sort @timestamp desc',
      'limit 50',
    ]),
    table('Failed passes', 4, [
      'fields @timestamp, @log, @message',
      'filter level = "ERROR" or record.status = "timeout"',
      'sort @timestamp desc',
      'limit 20',
    ]),
  ];
}
