import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { replaceConsole } from '../../../../../local/aws/lambda/runtime-console.ts';

const machineConsole = { ...console };
let lines: string[];

beforeEach(() => {
  lines = [];
  vi.useFakeTimers({ now: new Date('2026-11-28T12:00:00Z'), toFake: ['Date'] });
});
afterEach(() => {
  Object.assign(console, machineConsole);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function replace(format: string, level?: string) {
  vi.stubEnv('AWS_LAMBDA_LOG_FORMAT', format);
  vi.stubEnv('AWS_LAMBDA_LOG_LEVEL', level);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  return replaceConsole(() => 'id-1');
}

/** An error with fields, as the AWS SDK throws them. */
function anError(): Error {
  const error = Object.assign(new RangeError('too far'), { $metadata: { attempts: 2 } });
  error.stack = 'RangeError: too far\n    at handler';
  return error;
}

// What Lambda's own runtime writes; test/outside/lambda-runtime.test.ts compares them.
describe('console, as the embedded Lambda replaces it,', () => {
  it.each<[string, unknown[], object]>([
    ['a text', ['a\nb'], { message: 'a\nb' }],
    ['an object', [{ a: 1 }], { message: { a: 1 } }],
    ['a format', ['%s: %d', 'a', 1], { message: 'a: 1' }],
    ['nothing', [], {}],
    [
      'an error, with its fields',
      [anError()],
      {
        message: {
          errorType: 'RangeError',
          errorMessage: 'too far',
          stackTrace: ['RangeError: too far', '    at handler'],
          $metadata: { attempts: 2 },
        },
      },
    ],
    [
      'a text and an error',
      ['failed:', anError()],
      {
        message: expect.stringContaining(
          "failed: RangeError: too far\n    at handler {\n  '$metadata'",
        ),
        errorType: 'RangeError',
        errorMessage: 'too far',
        stackTrace: ['RangeError: too far', '    at handler'],
      },
    ],
  ])('writes %s as a line of JSON', (_, values, fields) => {
    replace('JSON');
    console.info(...values);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      timestamp: '2026-11-28T12:00:00.000Z',
      level: 'INFO',
      requestId: 'id-1',
      ...fields,
    });
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
  });

  it('writes a line of text with tabs', () => {
    replace('Text');
    console.warn('a\nb', 1);
    expect(lines).toEqual(['2026-11-28T12:00:00.000Z\tid-1\tWARN\ta\rb 1\n']);
  });

  it('leaves out what is below the log level', () => {
    replace('JSON', 'WARN');
    for (const level of ['trace', 'debug', 'info', 'log', 'warn', 'error'] as const)
      console[level]('x');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['WARN', 'ERROR']);
  });

  it('logs what a handler throws, with all of its fields', () => {
    replace('JSON').error('Invoke Error', anError());
    replace('Text').error('Invoke Error', 'just text');
    expect(lines[0]).toContain('"$metadata":{"attempts":2}');
    expect(lines[1]).toContain(
      '\tid-1\tERROR\tInvoke Error \t{"errorType":"Error","errorMessage":"just text"',
    );
  });
});
