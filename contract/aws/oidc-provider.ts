import { PRODUCT_NAMESPACE } from '../forwarder.ts';
import { SESSIONS_SERVICE_ACCOUNT } from '../kubernetes/cluster-access.ts';

/** The audience of the tokens, which an OIDC provider in IAM must have as a client ID. */
export const TOKEN_AUDIENCE = 'sts.amazonaws.com';

/** The subject of the tokens (claim `sub`), which trust policies require. */
export const TOKEN_SUBJECT = `system:serviceaccount:${PRODUCT_NAMESPACE}:${SESSIONS_SERVICE_ACCOUNT}`;

/**
 * Returns the name of an issuer's OIDC provider in IAM: its URL without the scheme, and with a slash at its end if it has one.
 * Condition keys begin with it too.
 */
export function providerName(issuer: string): string {
  return issuer.replace(/^https:\/\//, '');
}

/** Returns the ARN of an issuer's OIDC provider in an account. */
export function providerArn(partition: string, account: string, issuer: string): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${providerName(issuer)}`;
}
