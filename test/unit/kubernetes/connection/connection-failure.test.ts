import { describe, expect, it } from 'vitest';
import { connectionFailureOf } from '../../../../kubernetes/connection/connection-failure.ts';

const coded = (code: string, options?: ErrorOptions) =>
  Object.assign(new Error(code, options), { code });

describe('a failed request', () => {
  it.each([
    ['ECONNRESET', 'broken'],
    ['EPIPE', 'broken'],
    ['UND_ERR_SOCKET', 'broken'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'broken'],
    ['HPE_INVALID_CONSTANT', 'broken'],
    ['UND_ERR_HEADERS_TIMEOUT', 'slow'],
    ['UND_ERR_BODY_TIMEOUT', 'slow'],
    ['ECONNREFUSED', 'unreachable'],
    ['ENOTFOUND', 'unreachable'],
    ['EAI_AGAIN', 'unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'unreachable'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unreachable'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unreachable'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unreachable'],
    ['CERT_HAS_EXPIRED', 'unreachable'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'unreachable'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'unreachable'],
  ])('with code %s: the connection is %s', (code, failure) => {
    expect(connectionFailureOf(coded(code))).toBe(failure);
  });

  it('is classified by the errors that it contains', () => {
    const addresses = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
    expect(connectionFailureOf(addresses)).toBe('unreachable');
    expect(connectionFailureOf(new Error('failed', { cause: coded('ECONNRESET') }))).toBe('broken');
  });

  it.each([coded('UND_ERR_INVALID_ARG'), new TypeError('a bug'), 'a text', undefined])(
    'that does not come from the connection is not classified: %s',
    (error) => {
      expect(connectionFailureOf(error)).toBeUndefined();
    },
  );
});
