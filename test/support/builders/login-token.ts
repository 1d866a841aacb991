/** Subject of the tokens that the product rotates. */
export const REFRESHER_SUBJECT = 'system:serviceaccount:kube-aws-iam:kube-aws-iam-refresher';

/** Returns a token with claims that nobody has signed. */
export function loginToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.very-secret`;
}

/** Returns a token of the refresher's ServiceAccount. */
export function refresherToken(issuedAt: Date, seconds: number, claims: object = {}): string {
  const iat = Math.floor(issuedAt.getTime() / 1_000);
  return loginToken({ sub: REFRESHER_SUBJECT, iat, exp: iat + seconds, ...claims });
}
