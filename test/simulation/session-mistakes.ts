import type { AssumeRoleError } from '../../lambda/act/sessions/assume-role-error.ts';
import { change, type ModuleChange } from './mistakes.ts';
import type { LongOutages, OutagesResult } from './scenarios/long-outages.ts';
import { halfDayLong } from './world/session-settings.ts';

/** A mistake in the product that a world with long sessions must detect. */
interface SessionMistake {
  /** Completes "a product that …". */
  readonly mistake: string;
  readonly change: ModuleChange;
  readonly world: LongOutages;
  /** Whether the world shows it. */
  readonly isDetected: (result: OutagesResult) => boolean;
}

type SecretState = typeof import('../../lambda/decide/secret-state.ts');

const EARLY = halfDayLong(680);
const ELEVEN_HOURS = [{ of: 'everything', from: 2.1, hours: 11 }] as const;

const violates = (invariant: string) => (result: OutagesResult) =>
  result.violations[0]?.invariant === invariant;
/** Whether a role's Secret in each of two namespaces is renewed more often than twice an hour. */
const callsTooOften = ({ sessionsOf }: OutagesResult, hours: number) =>
  sessionsOf('app-1').length > 2 * 2.5 * hours;

export const SESSION_MISTAKES: readonly SessionMistake[] = [
  {
    mistake: 'renews half an hour before the expiry, whatever the session',
    change: change<SecretState>('../../lambda/decide/secret-state.ts', () => ({
      renewalDueAt: (_, expiresAt) => new Date(expiresAt.getTime() - 1_800_000),
    })),
    world: { hours: 14, settings: () => EARLY, outages: ELEVEN_HOURS },
    isDetected: violates('in-use-expired'),
  },
  {
    mistake: 'requests no shorter session if the maximum of the role is lower',
    change: change<typeof import('../../lambda/act/sessions/web-identity-error.ts')>(
      '../../lambda/act/sessions/web-identity-error.ts',
      ({ toWebIdentityError }) => ({
        toWebIdentityError(...input) {
          const error = toWebIdentityError(...input);
          return error.constructor.name === 'SessionTooLongError' ? asOther(error) : error;
        },
      }),
    ),
    world: { hours: 2, settings: () => EARLY, outages: [], maxSeconds: { 1: 14_400 } },
    isDetected: violates('not-issued'),
  },
  {
    mistake: 'forgets that a session is shorter than requested',
    change: change<SecretState>('../../lambda/decide/secret-state.ts', ({ heldCredentials }) => ({
      heldCredentials(...input) {
        const { limitedSeconds: _, ...held } = heldCredentials(...input);
        return held;
      },
    })),
    world: { hours: 3, settings: () => halfDayLong(), outages: [], maxSeconds: { 1: 3_600 } },
    isDetected: (result) => callsTooOften(result, 3),
  },
  {
    mistake: 'keeps a token of the ServiceAccount after its expiry',
    change: change<typeof import('../../lambda/act/sessions/web-identity-token.ts')>(
      '../../lambda/act/sessions/web-identity-token.ts',
      ({ webIdentityToken }) => ({
        webIdentityToken(deps) {
          const { get } = webIdentityToken(deps);
          let first: ReturnType<typeof get> | undefined;
          return {
            get() {
              first ??= get();
              return first;
            },
            invalidate() {},
          };
        },
      }),
    ),
    world: { hours: 14.5, settings: () => EARLY, outages: [] },
    isDetected: violates('in-use-expired'),
  },
];

/** The error of a refusal that says nothing about the duration. */
function asOther(error: AssumeRoleError): AssumeRoleError {
  const AnyRefusal = Object.getPrototypeOf(error.constructor);
  return new AnyRefusal('sts-refused', error.message);
}
