import { describe, expect, it } from 'vitest';
import { createLog, type LogFields } from '../../../forwarder/log.ts';

describe('createLog', () => {
  const lines: string[] = [];
  const log = createLog({ now: () => new Date(0), write: (line) => lines.push(line) });
  const lastLine = () => lines.at(-1) ?? '';

  it('writes a JSON line', () => {
    log.warn('text', { status: 503, reason: 'refused' });
    expect(lastLine().endsWith('}\n')).toBe(true);
    expect(JSON.parse(lastLine())).toEqual({
      level: 'warn',
      time: '1970-01-01T00:00:00.000Z',
      message: 'text',
      status: 503,
      reason: 'refused',
    });
  });

  it('omits fields that are not allowed', () => {
    const fields: LogFields & { token: string } = { port: 1, token: 'secret' };
    log.info('text', fields);
    expect(lastLine()).not.toContain('secret');
  });

  it('keeps only the first line of a text, because the others may quote a request with its token', () => {
    log.error('text', { error: `mismatch\nx-amz-security-token:secret` });
    expect(JSON.parse(lastLine())).toMatchObject({ level: 'error', error: 'mismatch' });
    log.error('text', { error: 'e'.repeat(1_000) });
    expect(JSON.parse(lastLine()).error).toHaveLength(400);
  });
});
