import { LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/**
 * What a line may say beside its message. Nothing else is ever written: not an error as it was thrown, whose text may be
 * anybody's, nor what a later line of code hands to the logger without a thought.
 */
const FIELDS: ReadonlySet<string> = new Set([
  'cluster',
  'action',
  'namespace',
  'secret',
  'role',
  'roleArn',
  'pod',
  'awsIamRole',
  'expiresAt',
  'reason',
  'explanation',
  'report',
  'notWritten',
]);

/** Makes the form of each line of a function's log: JSON with the fields of the list, under Powertools' own names. */
export function createLogFormatter(): LogFormatter {
  return new AllowListFormatter();
}

class AllowListFormatter extends LogFormatter {
  override formatAttributes(attributes: UnformattedAttributes, fields: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, lambdaContext, xRayTraceId } = attributes;
    return new LogItem({
      attributes: {
        level: logLevel,
        message,
        timestamp: this.formatTimestamp(timestamp),
        service: serviceName,
        cold_start: lambdaContext?.coldStart,
        function_name: lambdaContext?.functionName,
        function_request_id: lambdaContext?.awsRequestId,
        xray_trace_id: xRayTraceId,
        ...Object.fromEntries(Object.entries(fields).filter(([name]) => FIELDS.has(name))),
      },
    });
  }
}
