import type { JSONWebKeySet } from 'jose';

/** An OIDC provider of an account (IAM, CreateOpenIDConnectProvider). */
export interface OidcProviderSpec {
  readonly account: string;
  /** The issuer, e.g. `https://oidc.example.com/id/1`. */
  readonly url: string;
  /** The audiences that it accepts. */
  readonly clientIds: readonly string[];
  /** Returns the keys that the issuer publishes. */
  readonly keys: () => JSONWebKeySet | Promise<JSONWebKeySet>;
}

/** Returns the name of a provider, with which its ARN ends and its condition keys begin. */
export function providerName({ url }: Pick<OidcProviderSpec, 'url'>): string {
  return url.replace(/^https:\/\//, '');
}

/** Returns the ARN of a provider. */
export function providerArn(provider: OidcProviderSpec, partition: string): string {
  return `arn:${partition}:iam::${provider.account}:oidc-provider/${providerName(provider)}`;
}
