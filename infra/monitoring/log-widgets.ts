import {
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { WIDTH } from './widgets.ts';

/** What failed last: Secrets, each when it begins to fail or fails otherwise, and whole runs. */
export function logWidgets(logGroups: readonly ILogGroup[]): readonly IWidget[] {
  const table = (title: string, queryLines: string[]) =>
    new LogQueryWidget({
      title,
      logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
      view: LogQueryVisualizationType.TABLE,
      queryLines,
      width: WIDTH.full,
      height: 8,
    });
  return [
    table('Secrets that are not given', [
      'fields @timestamp, service, message, namespace, secret, roleArn, reason, explanation, function_request_id',
      'filter message in ["failed Secret", "refused Secret", "deferred Secret"]',
      'sort @timestamp desc',
      'limit 50',
    ]),
    table('Runs that failed', [
      'fields @timestamp, @log, @message',
      'filter level = "ERROR" or record.status = "timeout"',
      'sort @timestamp desc',
      'limit 20',
    ]),
  ];
}
