import { ACCOUNT, type Installation, REFRESHER_ROLE_ARN } from './installation.ts';

/** Creates an IAM role with the trust policy of the README, which trusts the refresher or the given principal. */
export function addTrustingRole(
  { cloud }: Pick<Installation, 'cloud'>,
  name: string,
  principalArn: string = REFRESHER_ROLE_ARN,
): void {
  cloud.sts.addRole({
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
        Condition: { ArnEquals: { 'aws:PrincipalArn': principalArn } },
      },
    },
  });
}
