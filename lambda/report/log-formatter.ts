import { LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/**
 * The fields that a log line may have. The formatter drops every other field: a thrown error may contain any text, and a later
 * change could pass a credential to the logger by mistake.
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

/** Creates a formatter that writes JSON lines with Powertools' standard keys and the allowed fields. */
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
