import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { providerArn, providerName } from '../../../contract/aws/oidc-provider.ts';

/** An OIDC issuer that a test controls. */
export interface IdentityIssuer {
  readonly url: string;
  /** The keys that it publishes. */
  readonly keys: () => Promise<JSONWebKeySet>;
  /** Signs a token of the product's ServiceAccount, unless other claims are given. */
  sign(now: Date, claims?: Readonly<Record<string, unknown>>): Promise<string>;
}

export const SUBJECT = 'system:serviceaccount:kube-aws-iam:kube-aws-iam-sessions';

/** Creates an issuer with a key of its own. */
export async function anIssuer(url = 'https://oidc.example.com/id/A1'): Promise<IdentityIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: url, alg: 'RS256' };
  return {
    url,
    keys: async () => ({ keys: [jwk] }),
    sign: (now, claims = {}) => {
      const iat = Math.floor(now.getTime() / 1_000);
      const own = { iss: url, sub: SUBJECT, aud: ['sts.amazonaws.com'], iat, exp: iat + 3_600 };
      return new SignJWT({ ...own, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: url })
        .sign(privateKey);
    },
  };
}

/** A trust policy that allows the product's ServiceAccount, with one session name. */
export function trustOfIdentity(account: string, issuer: string, sessionName: string) {
  const provider = providerName(issuer);
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: providerArn('aws', account, issuer) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${provider}:sub`]: SUBJECT,
          [`${provider}:aud`]: 'sts.amazonaws.com',
          'sts:RoleSessionName': sessionName,
        },
      },
    },
  };
}
