import type { Iam } from '../iam/iam.ts';
import { providerArn, providerName } from '../iam/oidc-provider.ts';
import type { Session } from '../iam/session.ts';
import { checkDuration } from './assume-role.ts';
import { readWebIdentityInput, type WebIdentityInput } from './assume-role-input.ts';
import { notAuthorizedForWebIdentity } from './sts-errors.ts';
import { verifyToken, type WebIdentity } from './verify-token.ts';

/** A session that a web identity opened. */
interface WebIdentityResult {
  readonly session: Session;
  readonly input: WebIdentityInput;
  readonly identity: WebIdentity;
  readonly providerArn: string;
}

/**
 * Performs AssumeRoleWithWebIdentity, which is not signed: the token and the trust policy of the role decide. It is not role
 * chaining, so that a session lasts up to the maximum of the role.
 *
 * @throws ServiceError with the code of STS
 */
export async function assumeRoleWithWebIdentity(
  iam: Iam,
  now: Date,
  parameters: URLSearchParams,
): Promise<WebIdentityResult> {
  const input = readWebIdentityInput(parameters);
  const { partition, account } = input;
  const identity = await verifyToken(input.token, iam.oidcProvidersOf(account), now);
  const name = providerName(identity.provider);
  const arn = providerArn(identity.provider, partition);
  const role = iam.findRole(input.roleArn);
  const decision =
    role &&
    iam.decideTrust(
      role,
      { kind: 'web-identity', providerArn: arn },
      'sts:AssumeRoleWithWebIdentity',
      {
        'sts:RoleSessionName': input.sessionName,
        [`${name}:sub`]: identity.subject,
        [`${name}:aud`]: identity.audience,
      },
    );
  if (role === undefined || decision?.outcome !== 'allowed') throw notAuthorizedForWebIdentity();
  checkDuration(role, input.durationSeconds);
  const session = iam.createSession(role, input.sessionName, input.durationSeconds);
  return { session, input, identity, providerArn: arn };
}
