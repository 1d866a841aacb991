import { type AssumeRoleCommandInput, STSServiceException } from '@aws-sdk/client-sts';
import type { StsApi } from '../../lambda/act/sessions/sts-client.ts';
import type { SessionFact } from '../invariants/facts.ts';
import type { Random } from './random.ts';
import type { Troubles } from './trouble.ts';
import { SECOND, type VirtualTime } from './virtual-time.ts';
import { latency, type Wire } from './wire.ts';

/** STS as one run calls it. */
export interface StsDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly troubles: Troubles;
  readonly wire: Wire;
  /** Whether the role is there and trusts the refresher now. */
  readonly isTrusted: (roleArn: string) => boolean;
  readonly onSession: (fact: SessionFact) => void;
  /** A number that no other session has. */
  readonly nextNumber: () => number;
}

const USUAL_MILLISECONDS = 50;
const SLOW_MILLISECONDS = 3_000;
/** How long the SDK's own tries take before it gives up. */
const TRYING_MILLISECONDS = 15_000;

/** A client of STS: what comes of a call after the SDK's own tries. */
export function simulatedSts(deps: StsDeps): StsApi {
  const { wire, random, troubles } = deps;
  const send = (
    command: { readonly input: AssumeRoleCommandInput },
    options?: { abortSignal?: AbortSignal },
  ) => {
    const signal = options?.abortSignal;
    if (troubles.is('sts-down')) return wire.call(TRYING_MILLISECONDS, noAnswer, signal);
    if (troubles.is('sts-throttles') && random.chance(0.15)) {
      return wire.call(TRYING_MILLISECONDS, () => refuse('Throttling', 'Rate exceeded'), signal);
    }
    const isGarbage = troubles.is('sts-garbage') && random.chance(0.15);
    const usual = troubles.is('sts-slow') ? SLOW_MILLISECONDS : USUAL_MILLISECONDS;
    const answer = () => (isGarbage ? garbage(random) : open(deps, command.input));
    return wire.call(latency(random, usual), answer, signal);
  };
  // The client's type has a dozen forms; the product uses this one.
  return { send: send as StsApi['send'] };
}

function open(deps: StsDeps, input: AssumeRoleCommandInput) {
  const {
    RoleArn: roleArn = '',
    RoleSessionName: sessionName = '',
    DurationSeconds = 3_600,
  } = input;
  if (!deps.isTrusted(roleArn))
    return refuse('AccessDenied', 'not authorized to perform sts:AssumeRole');
  const now = deps.time.now().getTime();
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
