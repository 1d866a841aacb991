import {
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { WIDTH } from './graph.ts';

/** What failed last: Secrets, each when it begins to fail or fails otherwise, and whole runs. */
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
    table('Secrets that are not given', 8, [
      // As many as a table has room for; the rest is in the line itself.
      'fields @timestamp, message, namespace, secret, role, reason, explanation',
      // What is as it was a minute ago is written too, but as DEBUG.
      'filter level = "WARN" and message in ["failed Secret", "refused Secret", "deferred Secret"]',
      'sort @timestamp desc',
      'limit 50',
    ]),
    table('Runs that failed', 4, [
      'fields @timestamp, @log, @message',
      'filter level = "ERROR" or record.status = "timeout"',
      'sort @timestamp desc',
      'limit 20',
    ]),
  ];
}
