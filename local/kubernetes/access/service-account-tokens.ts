import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { SERVICE_ACCOUNTS } from '../kinds/service-account.ts';
import type { Store } from '../objects/store.ts';
import type { Authenticate } from './user-info.ts';

/** Issues tokens of ServiceAccounts, and authenticates them. */
export interface ServiceAccountTokens {
  /** The claim `iss`; an `https` URL. Also the audience of tokens for this API. */
  readonly issuer: string;
  /** The public key, as the API server publishes it at `/openid/v1/jwks`. */
  jwks(): JSONWebKeySet;
  issue(account: TokenAccount, request: TokenTerms): IssuedToken;
  /** Authenticates tokens for this API whose ServiceAccount still exists. */
  readonly authenticate: Authenticate;
}

/** Whom a token authenticates. */
interface TokenAccount {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

interface TokenTerms {
  /** Empty for this API. */
  readonly audiences: readonly string[];
  readonly seconds: number;
}

interface IssuedToken {
  readonly token: string;
  readonly audiences: readonly string[];
  readonly expiresAt: Date;
}

/** The claims of a token, as in `k8s.io/kubernetes/pkg/serviceaccount`. */
const Claims = z.object({
  'kubernetes.io': z.object({
    namespace: z.string(),
    serviceaccount: z.object({ name: z.string(), uid: z.string() }),
  }),
});

interface ServiceAccountTokensDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Longest life of a token, in seconds, as of the API server's `--service-account-max-token-expiration`. @default - none */
  readonly maxSeconds?: number | undefined;
  /** The claim `iss`. @default - one that no other cluster has */
  readonly issuer?: string | undefined;
}

/** Creates the issuer of a cluster, with a new key. */
export function createServiceAccountTokens({
  store,
  clock,
  maxSeconds = Number.POSITIVE_INFINITY,
  issuer = `https://issuer.example/id/${randomUUID()}`,
}: ServiceAccountTokensDeps): ServiceAccountTokens {
  const keyId = randomUUID();
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'ES256', use: 'sig' };
  const jwks = { keys: [jwk] } as JSONWebKeySet;
  const keys = createLocalJWKSet(jwks);
  return {
    issuer,
    jwks: () => jwks,
    issue({ namespace, name, uid }, { audiences, seconds }) {
      const issuedAt = Math.floor(clock.now().getTime() / 1_000);
      const expiresAt = issuedAt + Math.min(seconds, maxSeconds);
      const aud = audiences.length === 0 ? [issuer] : audiences;
      const claims = {
        aud,
        exp: expiresAt,
        iat: issuedAt,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': { namespace, serviceaccount: { name, uid } },
        nbf: issuedAt,
        sub: `system:serviceaccount:${namespace}:${name}`,
      };
      const signed = [{ alg: 'ES256', kid: keyId }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      // Not with jose, which signs asynchronously: the simulation handles requests synchronously.
      const signature = sign('sha256', Buffer.from(signed), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      const token = `${signed}.${signature.toString('base64url')}`;
      return { token, audiences: aud, expiresAt: new Date(expiresAt * 1_000) };
    },
    async authenticate(token) {
      const payload = await jwtVerify(token, keys, {
        issuer,
        audience: issuer,
        currentDate: clock.now(),
      }).then(
        (verified) => verified.payload,
        () => undefined,
      );
      if (payload === undefined) return undefined;
      const { namespace, serviceaccount } = Claims.parse(payload)['kubernetes.io'];
      const { name, uid } = serviceaccount;
      const account = store.get(SERVICE_ACCOUNTS.collection, namespace, name);
      if (account?.metadata.uid !== uid) return undefined;
      return {
        username: `system:serviceaccount:${namespace}:${name}`,
        uid,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
      };
    },
  };
}
