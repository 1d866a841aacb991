import { describe, expect, it } from 'vitest';
import { cacheValue } from '../../../../../kubernetes/cached-value.ts';
import {
  type AssumeRoleDeps,
  createAssumeRole,
} from '../../../../../lambda/act/sessions/assume-role.ts';
import { NOW } from '../../../../support/builders.ts';
import { stsError } from './sts-error.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
const FOREVER = new AbortController().signal;
const CREDENTIALS = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'secret',
  SessionToken: 'token',
  Expiration: new Date('2026-11-23T13:00:00Z'),
};

/** What a stack sets that says nothing of sessions. */
const PLAIN = {
  intermediate: undefined,
  settings: { nameForm: 'namespace' },
  clusterName: 'prod',
  forwarderRoleArn: 'arn:aws:iam::123456789012:role/forwarder',
  now: () => NOW,
  beforeCall: () => {},
} as const;

/** The step over a client that answers, or throws, what is given, and the commands that it was sent. */
function stepOver(answer: () => unknown) {
  const { sent, sts } = client(answer);
  const assumeRole = createAssumeRole({ ...PLAIN, sts });
  return {
    sent,
    run: () => assumeRole({ roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 }, FOREVER),
  };
}

/** A client that answers, or throws, what is given, and the commands that it was sent. */
function client(answer: () => unknown) {
  const sent: unknown[] = [];
  const send = async (command: { input: unknown }) => {
    sent.push(command.input);
    return answer();
  };
  return { sent, sts: { send } as never };
}

describe('createAssumeRole', () => {
  it('opens an hour that is named after the namespace and the cluster', async () => {
    const { sent, run } = stepOver(() => ({ Credentials: CREDENTIALS }));
    expect(await run()).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
    expect(sent).toEqual([
      { RoleArn: ROLE_ARN, RoleSessionName: 'shop@prod', DurationSeconds: 3_600 },
    ]);
  });

  it.each(['AccessDenied', 'Throttling', 'ValidationError', 'X'.repeat(99_999)])(
    'tells no more than the beginning of what is answered, %#',
    async (code) => {
      const { run } = stepOver(() => {
        throw stsError(code, 'x'.repeat(99_999));
      });
      const error = await run().catch((thrown: Error) => thrown);
      expect(String(error).length).toBeLessThan(1_500);
    },
  );

  it.each([
    ['AccessDenied', 'User: arn:… is not authorized', 'assume-role-denied'],
    ['Throttling', 'Rate exceeded', 'sts-throttled'],
    ['ThrottlingException', 'Rate exceeded', 'sts-throttled'],
    ['RequestLimitExceeded', 'Slow down', 'sts-throttled'],
    ['ValidationError', 'The requested DurationSeconds exceeds', 'sts-refused'],
    ['RegionDisabledException', 'STS is not activated in this region', 'sts-refused'],
  ])('turns %s into %s', async (name, message, reason) => {
    const { run } = stepOver(() => {
      throw stsError(name, message);
    });
    await expect(run()).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(message),
    });
  });

  it('says who to ask when STS refuses, which it does alike for a role that does not exist', async () => {
    const { run } = stepOver(() => {
      throw stsError('AccessDenied', 'no');
    });
    await expect(run()).rejects.toThrow('does not exist, or its trust policy does not name');
  });

  it('does not quote what STS says of a wrong signature, which can hold a session token', async () => {
    const { run } = stepOver(() => {
      throw stsError('SignatureDoesNotMatch', 'x-amz-security-token:very-secret');
    });
    await expect(run()).rejects.toThrow(/^STS refused .*: SignatureDoesNotMatch$/);
  });

  it('does not quote what a broken answer held', async () => {
    const { run } = stepOver(() => {
      throw new SyntaxError('Unexpected token in <SecretAccessKey>very-secret');
    });
    await expect(run()).rejects.toThrow(/^STS did not answer for .*: SyntaxError$/);
  });

  it.each(['AccessKeyId', 'SecretAccessKey', 'SessionToken'] as const)(
    'takes no session whose %s would end a line of a file, and begin one of its own',
    async (part) => {
      const torn = { ...CREDENTIALS, [part]: 'x\ncredential_process = evil' };
      const { run } = stepOver(() => ({ Credentials: torn }));
      await expect(run()).rejects.toMatchObject({ reason: 'sts-failed' });
    },
  );

  it('quotes no more than the beginning of a long refusal', async () => {
    const { run } = stepOver(() => {
      throw stsError('AccessDenied', 'x'.repeat(10_000));
    });
    const error = await run().catch((reason: Error) => reason);
    expect((error as Error).message.length).toBeLessThan(1_500);
  });

  it('looks after its connections before each call', async () => {
    const steps: string[] = [];
    const send = async () => {
      steps.push('send');
      return { Credentials: CREDENTIALS };
    };
    const assumeRole = createAssumeRole({
      ...PLAIN,
      sts: { send } as never,
      beforeCall: () => steps.push('before'),
    });
    for (const namespace of ['shop', 'bank']) {
      await assumeRole({ roleArn: ROLE_ARN, namespace, sessionSeconds: 3_600 }, FOREVER);
    }
    expect(steps).toEqual(['before', 'send', 'before', 'send']);
  });

  it("ends with the run's time, even where the SDK waits before another try", async () => {
    const end = new AbortController();
    const send = () => new Promise(() => {});
    const assumeRole = createAssumeRole({ ...PLAIN, sts: { send } as never });
    const session = assumeRole(
      { roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 },
      end.signal,
    );
    end.abort(new Error('time is over'));
    await expect(session).rejects.toThrow('time is over');
  });

  it.each([
    ['no credentials', {}],
    ['half of them', { Credentials: { ...CREDENTIALS, SessionToken: undefined } }],
    ['no end', { Credentials: { ...CREDENTIALS, Expiration: undefined } }],
    ['an impossible end', { Credentials: { ...CREDENTIALS, Expiration: new Date('x') } }],
  ])('refuses an answer with %s', async (_, answer) => {
    await expect(stepOver(() => answer).run()).rejects.toMatchObject({ reason: 'sts-failed' });
  });
});

describe('through an intermediate role', () => {
  /** The step over an intermediate session that `open` opens. */
  function through(open: () => Promise<never>, settings: Partial<AssumeRoleDeps> = {}) {
    const own = client(() => ({ Credentials: CREDENTIALS }));
    const opened: unknown[] = [];
    const intermediate = cacheValue(async () => {
      opened.push(await open());
      return { sts: opened.at(-1) as never, openedAt: NOW, staleAt: new Date(0) };
    });
    const assumeRole = createAssumeRole({ ...PLAIN, ...settings, sts: own.sts, intermediate });
    return { own, opened, assumeRole };
  }

  it('it is that session which asks for the roles of pods', async () => {
    const chained = client(() => ({ Credentials: CREDENTIALS }));
    const { own, assumeRole } = through(async () => chained.sts);
    await assumeRole({ roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 }, FOREVER);
    expect([own.sent.length, chained.sent.length]).toEqual([0, 1]);
  });

  it("the forwarder's role is assumed directly, under the plain name, without id and tags", async () => {
    const settings = {
      nameForm: 'zalando',
      externalId: 'handshake',
      clusterArnTag: 'arn:aws:eks:eu-central-1:123456789012:cluster/prod',
    } as const;
    const open = () => Promise.reject(new Error('never needed'));
    const { own, assumeRole } = through(open, { settings });
    const RoleArn = PLAIN.forwarderRoleArn;
    await assumeRole(
      { roleArn: RoleArn, namespace: 'kube-aws-iam', sessionSeconds: 3_600 },
      FOREVER,
    );
    expect(own.sent).toEqual([
      { RoleArn, RoleSessionName: 'kube-aws-iam@prod', DurationSeconds: 3_600 },
    ]);
    for (const other of [
      { roleArn: RoleArn, namespace: 'shop', sessionSeconds: 3_600 },
      { roleArn: ROLE_ARN, namespace: 'kube-aws-iam', sessionSeconds: 3_600 },
    ]) {
      await expect(assumeRole(other, FOREVER)).rejects.toThrow('never needed');
    }
  });

  it.each([
    ['kept while it is young', 299, 1],
    ['opened anew when it is old, for it may have been revoked', 300, 2],
  ])('a session that is denied a role is %s', async (_, ageSeconds, sessions) => {
    const denying = client(() => {
      throw stsError('AccessDenied', 'not authorized');
    });
    const now = () => new Date(NOW.getTime() + ageSeconds * 1_000);
    const { opened, assumeRole } = through(async () => denying.sts, { now });
    const request = { roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 };
    for (let i = 0; i < 2; i++) {
      await expect(assumeRole(request, FOREVER)).rejects.toMatchObject({
        reason: 'assume-role-denied',
      });
    }
    expect(opened).toHaveLength(sessions);
  });

  it('a session that cannot be opened is the error of each role', async () => {
    const { assumeRole } = through(() => Promise.reject(stsError('AccessDenied', 'not that one')));
    for (const namespace of ['shop', 'bank']) {
      const attempt = assumeRole({ roleArn: ROLE_ARN, namespace, sessionSeconds: 3_600 }, FOREVER);
      await expect(attempt).rejects.toThrow('not that one');
    }
  });

  it("a session that never comes ends with the run's time", async () => {
    const end = new AbortController();
    const { assumeRole } = through(() => new Promise(() => {}));
    const attempt = assumeRole(
      { roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 },
      end.signal,
    );
    end.abort(new Error('time is over'));
    await expect(attempt).rejects.toThrow('time is over');
  });

  it.each([
    ['ExpiredToken', 2],
    ['InvalidClientTokenId', 2],
    ['AccessDenied', 1],
  ])('after %s there were %i sessions', async (name, sessions) => {
    const chained = client(() => {
      throw stsError(name, 'no');
    });
    const { opened, assumeRole } = through(async () => chained.sts);
    for (let i = 0; i < 2; i++) {
      await expect(
        assumeRole({ roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 }, FOREVER),
      ).rejects.toThrow();
    }
    expect(opened).toHaveLength(sessions);
  });
});
