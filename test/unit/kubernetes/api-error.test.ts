import { describe, expect, it } from 'vitest';
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import { responseOf, statusAnswer } from './fake-connection.ts';

describe('an error of the Kubernetes API', () => {
  it('contains the status, the reason and the message of a Status', () => {
    const answer = statusAnswer(409, 'AlreadyExists', 'secrets "aws-iam-app" already exists');
    expect(apiErrorOf(responseOf(answer))).toMatchObject({
      name: 'KubernetesApiError',
      status: 409,
      reason: 'AlreadyExists',
      message: expect.stringContaining('secrets "aws-iam-app" already exists'),
    });
  });

  describe('in protobuf', () => {
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    /** A field of length-delimited type. */
    const field = (number: number, content: Buffer | string) => {
      const bytes = Buffer.from(content);
      return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
    };
    const content = Buffer.concat([
      field(2, 'Failure'),
      field(3, 'pods is forbidden'),
      field(4, 'Forbidden'),
    ]);
    const wrapped = (kind: string) =>
      Buffer.concat([Buffer.from('k8s\0'), field(1, field(2, kind)), field(2, content)]);

    it('contains the reason and the message of a Status', () => {
      expect(apiErrorOf({ status: 403, headers, body: wrapped('Status') })).toMatchObject({
        reason: 'Forbidden',
        message: 'the Kubernetes API answered 403 Forbidden: pods is forbidden',
      });
    });

    it.each([
      ['another kind', wrapped('Secret')],
      ['a truncated one', wrapped('Status').subarray(0, 20)],
      ['something else', Buffer.from('{"kind":"Status","message":"x"}')],
    ])('is created from %s without its message', (_, body) => {
      expect(apiErrorOf({ status: 403, headers, body })).toMatchObject({
        reason: '',
        message: 'the Kubernetes API answered 403',
      });
    });
  });

  it.each([
    ['nothing', ''],
    ['a page of a proxy', '<html><body>503 Service Temporarily Unavailable</body></html>'],
    ['JSON that is not an object', 'null'],
    ['an object of another kind', '{"kind":"Pod"}'],
    ['a Status without message and reason', '{"kind":"Status","message":7,"reason":{}}'],
    ['truncated JSON', '{"kind":"Stat'],
    ['bytes that are not text', '\u0000\ufffd'],
  ])('is created from %s, too', (_, text) => {
    const error = apiErrorOf({ status: 503, headers: {}, body: Buffer.from(text) });
    expect(error).toMatchObject({ status: 503, reason: '' });
    expect(error.message).toContain('503');
  });

  it('truncates the reason and the message of a Status', () => {
    const long = statusAnswer(403, 'x'.repeat(99_999), 'y'.repeat(99_999));
    const { reason, message } = apiErrorOf(responseOf(long));
    expect([reason.length, message.length < 2_300]).toEqual([100, true]);
  });

  it('truncates a long body', () => {
    const headers = { 'content-type': 'text/html' };
    const error = apiErrorOf({ status: 502, headers, body: Buffer.alloc(100_000, 'x') });
    expect(error.message).toContain('xxx');
    expect(error.message.length).toBeLessThan(300);
  });

  it('quotes nothing of an object, which may contain the values of a Secret', () => {
    const body = { kind: 'Secret', data: { credentials: 'very-secret' } };
    expect(apiErrorOf(responseOf({ status: 302, body })).message).not.toContain('very-secret');
  });
});
