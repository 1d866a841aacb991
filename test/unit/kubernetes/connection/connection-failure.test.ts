import { describe, expect, it } from 'vitest';
import { connectionFailureOf } from '../../../../kubernetes/connection/connection-failure.ts';

const coded = (code: string, options?: ErrorOptions) =>
  Object.assign(new Error(code, options), { code });

describe('a failed exchange', () => {
  it.each([
    ['ECONNRESET', 'broken'],
    ['EPIPE', 'broken'],
    ['UND_ERR_SOCKET', 'broken'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'broken'],
    ['HPE_INVALID_CONSTANT', 'broken'],
    ['UND_ERR_HEADERS_TIMEOUT', 'slow'],
    ['UND_ERR_BODY_TIMEOUT', 'slow'],
    ['ECONNREFUSED', 'astray'],
    ['ENOTFOUND', 'astray'],
    ['EAI_AGAIN', 'astray'],
    ['UND_ERR_CONNECT_TIMEOUT', 'astray'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'astray'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'astray'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'astray'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'astray'],
    ['CERT_HAS_EXPIRED', 'astray'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'astray'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'astray'],
  ])('with code %s means that the connection is %s', (code, failure) => {
    expect(connectionFailureOf(coded(code))).toBe(failure);
  });

  it('is judged by the errors inside it', () => {
    const addresses = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
    expect(connectionFailureOf(addresses)).toBe('astray');
    expect(connectionFailureOf(new Error('failed', { cause: coded('ECONNRESET') }))).toBe('broken');
  });

  it.each([coded('UND_ERR_INVALID_ARG'), new TypeError('a mistake'), 'a text', undefined])(
    'that says nothing about the connection means nothing: %s',
    (error) => {
      expect(connectionFailureOf(error)).toBeUndefined();
    },
  );
});
