import { CHAINED_SESSION_SECONDS } from '../../../contract/limits.ts';
import { REFRESHER } from './denial-remedy.ts';
import { type WebIdentityDeps, webIdentitySessions } from './web-identity-session.ts';

/** A role that the cluster's identity assumes for the refresher itself. */
interface OwnRole {
  readonly roleArn: string;
  readonly sessionName: string;
}

/**
 * Returns the credentials of the refresher's own role as an AWS SDK client takes them: a session of an hour that the cluster's
 * identity opens. The client calls the function again before they expire.
 *
 * The function throws an AssumeRoleError.
 */
export function webIdentityCredentials(deps: WebIdentityDeps, { roleArn, sessionName }: OwnRole) {
  const request = webIdentitySessions(deps);
  return async () => {
    const { expiresAt, accessKeyId, secretAccessKey, sessionToken } = await request(
      {
        input: {
          RoleArn: roleArn,
          RoleSessionName: sessionName,
          DurationSeconds: CHAINED_SESSION_SECONDS,
        },
        denial: {
          caller: "this cluster's identity (setting sessions)",
          trustProblem: `does not allow sts:AssumeRoleWithWebIdentity to it: it must be ${REFRESHER}, as the stack creates it`,
        },
        namespace: '',
        isFreshWanted: false,
      },
      new AbortController().signal,
    );
    return { accessKeyId, secretAccessKey, sessionToken, expiration: expiresAt };
  };
}
