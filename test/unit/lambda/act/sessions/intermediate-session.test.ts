import { describe, expect, it } from 'vitest';
import { intermediateSession } from '../../../../../lambda/act/sessions/intermediate-session.ts';
import { stsError } from './sts-error.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/pod-roles';
const STARTED = Date.parse('2026-11-23T12:00:00Z');
const MINUTE = 60_000;

/** An intermediate session over an STS that issues sessions of one hour, or throws the error that `failure` returns. */
function start(failure: () => Error | undefined = () => undefined) {
  const state = { now: STARTED, sent: [] as unknown[], connected: [] as unknown[] };
  const send = async (command: { input: unknown }) => {
    state.sent.push(command.input);
    const error = failure();
    if (error) throw error;
    return {
      Credentials: {
        AccessKeyId: `ASIA${state.sent.length}`,
        SecretAccessKey: 'secret',
        SessionToken: 'token',
        Expiration: new Date(state.now + 60 * MINUTE),
      },
    };
  };
  const session = intermediateSession({
    sts: { send } as never,
    roleArn: ROLE_ARN,
    clusterName: 'p'.repeat(100),
    connect: (credentials) => {
      state.connected.push(credentials.accessKeyId);
      return { send } as never;
    },
    now: () => new Date(state.now),
  });
  return { state, session };
}

describe('the session of the intermediate role', () => {
  it('lasts one hour, is named after the cluster, and has no external ID and no tags', async () => {
    const { state, session } = start();
    await session.get();
    expect(state.sent).toEqual([
      { RoleArn: ROLE_ARN, RoleSessionName: 'p'.repeat(64), DurationSeconds: 3_600 },
    ]);
    expect(state.connected).toEqual(['ASIA1']);
  });

  it('is requested once for concurrent callers', async () => {
    const { state, session } = start();
    await Promise.all([session.get(), session.get(), session.get()]);
    expect(state.sent).toHaveLength(1);
  });

  it('is cached until ten minutes before it expires', async () => {
    const { state, session } = start();
    const first = await session.get();
    state.now = STARTED + 50 * MINUTE - 1;
    expect(await session.get()).toBe(first);
    state.now = STARTED + 50 * MINUTE;
    expect(await session.get()).not.toBe(first);
    expect(state.connected).toEqual(['ASIA1', 'ASIA2']);
  });

  it.each([
    [
      'AccessDenied',
      'intermediate-role-denied',
      /The role does not exist, or its trust policy does not/,
    ],
    ['Throttling', 'sts-throttled', /throttling/],
    ['RegionDisabledException', 'intermediate-role-denied', /STS rejected the request/],
  ])(
    'fails after %s with an error that names the role, and is requested again',
    async (name, reason, text) => {
      let failure: Error | undefined = stsError(name, 'no');
      const { session } = start(() => failure);
      const attempt = session.get();
      await expect(attempt).rejects.toMatchObject({ reason });
      await expect(attempt).rejects.toThrow(
        `the intermediate role ${ROLE_ARN} (setting assumeRole), through which all pod roles are assumed, cannot be assumed`,
      );
      await expect(attempt).rejects.toThrow(text);
      failure = undefined;
      await expect(session.get()).resolves.toBeDefined();
    },
  );
});
