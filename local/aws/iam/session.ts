import { randomBytes } from 'node:crypto';
import { sessionArn } from '../arn.ts';
import { type Role, uniqueId } from './role.ts';

/** A session of a role, which an access key identifies. */
export interface Session {
  readonly role: Role;
  readonly sessionName: string;
  readonly arn: string;
  readonly userId: string;
  readonly credentials: SessionCredentials;
  /** Transitive tags of this session and of the sessions that it was assumed with; sessions assumed with it have them too. */
  readonly inheritedTags: ReadonlyMap<string, string>;
}

/** Credentials of a session. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When they expire, in whole seconds. */
  readonly expiration: Date;
}

/**
 * Length of a session token before it is base64-encoded: about 800 characters after, as STS issues for a session without
 * tags. AWS guarantees no size. It matters because an EKS token contains the session token and is limited to 4096 bytes.
 */
const SESSION_TOKEN_BYTES = 600;

/** Creates a session with credentials that resemble those of STS and are valid in the embedded AWS only. */
export function createSession(
  role: Role,
  sessionName: string,
  expiration: Date,
  inheritedTags: ReadonlyMap<string, string>,
): Session {
  return {
    role,
    sessionName,
    arn: sessionArn(role, sessionName),
    userId: `${role.id}:${sessionName}`,
    credentials: {
      accessKeyId: uniqueId('ASIA', 16),
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(SESSION_TOKEN_BYTES).toString('base64'),
      expiration,
    },
    inheritedTags,
  };
}
