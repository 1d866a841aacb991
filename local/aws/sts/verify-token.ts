import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { ServiceError } from '../http/service-error.ts';
import type { OidcProviderSpec } from '../iam/oidc-provider.ts';

/** The verified claims of a token. */
export interface WebIdentity {
  readonly subject: string;
  /** The one that the provider accepts. */
  readonly audience: string;
  readonly provider: OidcProviderSpec;
}

/**
 * Verifies a token for an account, as STS does.
 *
 * @throws ServiceError `InvalidIdentityToken` or `ExpiredTokenException`
 */
export async function verifyToken(
  token: string,
  providers: readonly OidcProviderSpec[],
  now: Date,
): Promise<WebIdentity> {
  const { iss, aud } = claimsOf(token);
  const provider = providers.find(({ url }) => url === iss);
  if (provider === undefined) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${iss}`);
  }
  const audience = [aud ?? []].flat().find((one) => provider.clientIds.includes(one));
  if (audience === undefined) throw invalidToken('Incorrect token audience');
  const keys = createLocalJWKSet(await provider.keys());
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: provider.url,
      audience,
      currentDate: now,
      requiredClaims: ['sub', 'exp', 'iat'],
    });
    return { subject: payload.sub ?? '', audience, provider };
  } catch (error) {
    throw verificationError(error, now);
  }
}

function claimsOf(token: string): JWTPayload {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    throw invalidToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
}

function verificationError(error: unknown, now: Date): ServiceError {
  if (error instanceof errors.JWTExpired) {
    const seconds = Math.floor(now.getTime() / 1_000);
    return new ServiceError(
      400,
      'ExpiredTokenException',
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${error.payload.exp}`,
    );
  }
  if (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWSSignatureVerificationFailed
  ) {
    return invalidToken(
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  }
  return invalidToken(
    error instanceof errors.JWTClaimValidationFailed
      ? `Invalid claim: ${error.claim}`
      : 'The token cannot be verified',
  );
}

function invalidToken(message: string): ServiceError {
  return new ServiceError(400, 'InvalidIdentityToken', message);
}
