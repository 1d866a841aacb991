import { Logger } from '@aws-lambda-powertools/logger';
import { afterEach, expect, it, vi } from 'vitest';
import { createLogFormatter } from '../../../../lambda/report/log-formatter.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function lineOf(write: (logger: Logger) => void): Record<string, unknown> {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
  write(
    new Logger({
      serviceName: 'refresh',
      persistentLogAttributes: { cluster: 'prod' },
      logFormatter: createLogFormatter(),
    }),
  );
  vi.restoreAllMocks();
  return JSON.parse(written.join(''));
}

it('writes the allowed fields, with the standard keys of Lambda and Powertools', () => {
  const fields = { namespace: 'shop', secret: 'aws-iam-orders', roleArn: 'arn:orders' };
  expect(lineOf((logger) => logger.info('created Secret', fields))).toEqual({
    level: 'INFO',
    message: 'created Secret',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    service: 'refresh',
    cluster: 'prod',
    xray_trace_id: undefined,
    ...fields,
  });
});

it('drops all other fields, and thrown errors', () => {
  const error = new Error('AccessKeyId ASIAMARKED');
  const line = lineOf((logger) => {
    logger.appendKeys({ environment: { AWS_SESSION_TOKEN: 'marked' } });
    logger.error('it failed', error);
    logger.resetKeys();
  });
  expect(Object.keys(line).toSorted()).toEqual([
    'cluster',
    'level',
    'message',
    'service',
    'timestamp',
  ]);
});
