import { randomBytes, randomInt } from 'node:crypto';

/** Credentials of a session. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When they end; a whole second. */
  readonly expiration: Date;
}

/** Base 32, as AWS writes the ids of keys and roles. */
const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Bytes of a session token before base64: about 800 characters after it, as STS gives for a session without tags. AWS
 * promises no size; it matters because an EKS token carries the session token and may have 4096 bytes.
 */
const SESSION_TOKEN_BYTES = 600;

/** New credentials that end at `expiration`. They look like those of STS and mean nothing outside the embedded AWS. */
export function createSessionCredentials(expiration: Date): SessionCredentials {
  return {
    accessKeyId: `ASIA${randomId(16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(SESSION_TOKEN_BYTES).toString('base64'),
    expiration,
  };
}

/** A new unique id of a role. */
export function createRoleId(): string {
  return `AROA${randomId(17)}`;
}

function randomId(length: number): string {
  return Array.from({ length }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
}
