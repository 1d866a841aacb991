import {
  type AssumeRoleCommandInput,
  type AssumeRoleWithWebIdentityCommandInput,
  STSServiceException,
} from '@aws-sdk/client-sts';
import { TOKEN_AUDIENCE, TOKEN_SUBJECT } from '../../../contract/aws/oidc-provider.ts';
import { CHAINED_SESSION_SECONDS } from '../../../contract/limits.ts';
import type { StsApi } from '../../../lambda/act/sessions/sts-client.ts';
import type { SessionFact } from '../../invariants/facts.ts';
import type { ActiveFaults } from './fault-injection.ts';
import { latency, type Network } from './network.ts';
import type { Random } from './random.ts';
import { SECOND, type VirtualTime } from './virtual-time.ts';

interface StsDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: ActiveFaults;
  readonly network: Network;
  /** Whether the role exists and trusts the refresher now. */
  readonly isTrusted: (roleArn: string) => boolean;
  /** Returns the `MaxSessionDuration` of a role, in seconds. */
  readonly maxSecondsOf: (roleArn: string) => number;
  readonly onSession: (fact: SessionFact) => void;
  readonly onCall?: ((call: 'sts' | 'denied', namespace: string | undefined) => void) | undefined;
  /** Returns a unique number for a session. */
  readonly nextNumber: () => number;
}

/** The input of AssumeRole or of AssumeRoleWithWebIdentity. */
type SessionInput = AssumeRoleCommandInput | AssumeRoleWithWebIdentityCommandInput;

const USUAL_MS = 50;
const SLOW_MS = 3_000;
/** How long the SDK retries before it fails. */
const RETRY_MS = 15_000;

/** Simulates the STS client: returns the result of a call after the SDK's retries. */
export function simulatedSts(deps: StsDeps): StsApi {
  const { network, random, faults } = deps;
  const send = (
    command: { readonly input: SessionInput },
    options?: { abortSignal?: AbortSignal },
  ) => {
    const signal = options?.abortSignal;
    if (faults.has('sts-down')) return network.call(RETRY_MS, noAnswer, signal);
    if (faults.has('sts-throttles') && random.chance(0.15)) {
      return network.call(RETRY_MS, () => refuse('Throttling', 'Rate exceeded'), signal);
    }
    const isGarbage = faults.has('sts-garbage') && random.chance(0.15);
    const usual = faults.has('sts-slow') ? SLOW_MS : USUAL_MS;
    const answer = () => (isGarbage ? garbage(random) : openSession(deps, command.input));
    return network.call(latency(random, usual), answer, signal);
  };
  // The client's `send` has many overloads; the product uses this one.
  return { send: send as StsApi['send'] };
}

function openSession(deps: StsDeps, input: SessionInput) {
  const {
    RoleArn: roleArn = '',
    RoleSessionName: sessionName = '',
    DurationSeconds = 3_600,
  } = input;
  const isTrusted = deps.isTrusted(roleArn);
  deps.onCall?.(isTrusted ? 'sts' : 'denied', sessionName.split('@')[0]);
  const now = deps.time.now().getTime();
  if ('WebIdentityToken' in input) checkToken(input.WebIdentityToken ?? '', now);
  if (!isTrusted) return refuse('AccessDenied', 'not authorized to perform sts:AssumeRole');
  checkDuration(input, deps.maxSecondsOf(roleArn));
  const expiresAt = new Date((Math.floor(now / SECOND) + DurationSeconds) * SECOND);
  const accessKeyId = `ASIA${String(deps.nextNumber()).padStart(16, '0')}`;
  deps.onSession({ kind: 'session', roleArn, sessionName, accessKeyId, expiresAt });
  return {
    $metadata: {},
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: `secret-of-${accessKeyId}`,
      SessionToken: `token-of-${accessKeyId}`,
      Expiration: expiresAt,
    },
  };
}

/** Checks the claims of a token. Other tests check its signature, with the embedded STS. */
function checkToken(token: string, now: number): void {
  const { aud, sub, exp } = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
  );
  if (exp * SECOND <= now) refuse('ExpiredTokenException', 'Token expired');
  if (sub !== TOKEN_SUBJECT || !aud.includes(TOKEN_AUDIENCE)) {
    refuse('AccessDenied', 'not authorized to perform sts:AssumeRoleWithWebIdentity');
  }
}

function checkDuration(input: SessionInput, maxSeconds: number): void {
  const { DurationSeconds = CHAINED_SESSION_SECONDS } = input;
  const isChained = !('WebIdentityToken' in input);
  if (isChained && DurationSeconds > CHAINED_SESSION_SECONDS) {
    refuse(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  if (DurationSeconds > maxSeconds) {
    refuse(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
}

function garbage(random: Random): object {
  const kind = random.int(0, 3);
  if (kind === 0) throw new SyntaxError('Unexpected token < in JSON');
  if (kind === 1) return { $metadata: {} };
  if (kind === 2) return { $metadata: {}, Credentials: { AccessKeyId: 'ASIA' } };
  const Expiration = new Date(Number.NaN);
  return {
    $metadata: {},
    Credentials: { AccessKeyId: 'A', SecretAccessKey: 'B', SessionToken: 'C', Expiration },
  };
}

function noAnswer(): never {
  throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
}

function refuse(name: string, message: string): never {
  throw new STSServiceException({ name, message, $fault: 'client', $metadata: {} });
}
