import { describe, expect, it } from 'vitest';
import { cacheValue } from '../../../../../kubernetes/cached-value.ts';
import {
  type AssumeRoleDeps,
  createAssumeRole,
  shareSessions,
} from '../../../../../lambda/act/sessions/assume-role.ts';
import { NOW } from '../../../../support/builders/builders.ts';
import { stsError } from './sts-error.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
const FOREVER = new AbortController().signal;
const CREDENTIALS = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'secret',
  SessionToken: 'token',
  Expiration: new Date('2026-11-23T13:00:00Z'),
};

/** The settings of a stack without session settings. */
const PLAIN = {
  intermediate: undefined,
  sessions: { nameForm: 'namespace', source: 'role', seconds: 3_600 },
  clusterName: 'prod',
  policy: { forwarderRoleArn: 'arn:aws:iam::123456789012:role/forwarder' },
  now: () => NOW,
} as const;

/** The function over a client that answers or throws, and the inputs of the commands that it sent. */
function assumeRoleOver(answer: () => unknown) {
  const { sent, sts } = client(answer);
  const assumeRole = createAssumeRole({ ...PLAIN, sts });
  return {
    sent,
    run: () => assumeRole({ roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 }, FOREVER),
  };
}

/** A client that answers or throws, and the inputs of the commands that it received. */
function client(answer: () => unknown) {
  const sent: unknown[] = [];
  const send = async (command: { input: unknown }) => {
    sent.push(command.input);
    return answer();
  };
  return { sent, sts: { send } as never };
}

describe('createAssumeRole', () => {
  it('requests a session of one hour, named after the namespace and the cluster', async () => {
    const { sent, run } = assumeRoleOver(() => ({ Credentials: CREDENTIALS }));
    expect(await run()).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
    expect(sent).toEqual([
      { RoleArn: ROLE_ARN, RoleSessionName: 'shop@prod', DurationSeconds: 3_600 },
    ]);
  });

  it.each(['AccessDenied', 'Throttling', 'ValidationError', 'X'.repeat(99_999)])(
    'truncates long error messages and codes, %#',
    async (code) => {
      const { run } = assumeRoleOver(() => {
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
  ])('maps the error %s: "%s" to the reason %s', async (name, message, reason) => {
    const { run } = assumeRoleOver(() => {
      throw stsError(name, message);
    });
    await expect(run()).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(message),
    });
  });

  it('explains what to check when STS denies the role, or the role does not exist', async () => {
    const { run } = assumeRoleOver(() => {
      throw stsError('AccessDenied', 'no');
    });
    await expect(run()).rejects.toThrow('does not exist, or its trust policy does not name');
  });

  it('names a service control policy as the cause, however long the names before it are', async () => {
    const { run } = assumeRoleOver(() => {
      const named = `User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: sts:AssumeRole on resource: ${ROLE_ARN}${'x'.repeat(900)}`;
      throw stsError('AccessDenied', `${named} with an explicit deny in a service control policy`);
    });
    const error = await run().catch((thrown: Error) => thrown);
    expect(String(error)).toContain('A service control policy of AWS Organizations denies');
    expect(String(error)).not.toContain('does not exist');
  });

  it('does not quote the message of a signature error, which may contain a session token', async () => {
    const { run } = assumeRoleOver(() => {
      throw stsError('SignatureDoesNotMatch', 'x-amz-security-token:very-secret');
    });
    await expect(run()).rejects.toThrow(/^STS rejected the request for .*: SignatureDoesNotMatch$/);
  });

  it('does not quote an invalid response', async () => {
    const { run } = assumeRoleOver(() => {
      throw new SyntaxError('Unexpected token in <SecretAccessKey>very-secret');
    });
    await expect(run()).rejects.toThrow(/^STS did not answer for .*: SyntaxError$/);
  });

  it.each(['AccessKeyId', 'SecretAccessKey', 'SessionToken'] as const)(
    'rejects a session whose %s contains a line break, which would add a line to a file',
    async (part) => {
      const torn = { ...CREDENTIALS, [part]: 'x\ncredential_process = evil' };
      const { run } = assumeRoleOver(() => ({ Credentials: torn }));
      await expect(run()).rejects.toMatchObject({ reason: 'sts-failed' });
    },
  );

  it('truncates a long denial', async () => {
    const { run } = assumeRoleOver(() => {
      throw stsError('AccessDenied', 'x'.repeat(10_000));
    });
    const error = await run().catch((reason: Error) => reason);
    expect((error as Error).message.length).toBeLessThan(1_500);
  });

  it('aborts with its signal, even while the SDK waits before a retry', async () => {
    const end = new AbortController();
    const send = () => new Promise(() => {});
    const assumeRole = createAssumeRole({ ...PLAIN, sts: { send } as never });
    const session = assumeRole(
      { roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 },
      end.signal,
    );
    end.abort(new Error('timeout'));
    await expect(session).rejects.toThrow('timeout');
  });

  it.each([
    ['no credentials', {}],
    ['incomplete credentials', { Credentials: { ...CREDENTIALS, SessionToken: undefined } }],
    ['no expiration', { Credentials: { ...CREDENTIALS, Expiration: undefined } }],
    ['an invalid expiration', { Credentials: { ...CREDENTIALS, Expiration: new Date('x') } }],
  ])('rejects a response with %s', async (_, answer) => {
    await expect(assumeRoleOver(() => answer).run()).rejects.toMatchObject({
      reason: 'sts-failed',
    });
  });
});

describe('through an intermediate role', () => {
  /** The function over an intermediate session that `open` returns. */
  function through(open: () => Promise<never>, overrides: Partial<AssumeRoleDeps> = {}) {
    const own = client(() => ({ Credentials: CREDENTIALS }));
    const opened: unknown[] = [];
    const intermediate = cacheValue(async () => {
      opened.push(await open());
      return { sts: opened.at(-1) as never, issuedAt: NOW, staleAt: new Date(0) };
    });
    const assumeRole = createAssumeRole({ ...PLAIN, ...overrides, sts: own.sts, intermediate });
    return { own, opened, assumeRole };
  }

  it('requests sessions of pod roles with the intermediate session', async () => {
    const chained = client(() => ({ Credentials: CREDENTIALS }));
    const { own, assumeRole } = through(async () => chained.sts);
    await assumeRole({ roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 }, FOREVER);
    expect([own.sent.length, chained.sent.length]).toEqual([0, 1]);
  });

  it("assumes the forwarder's role directly, with the default session name and without external ID and tags", async () => {
    const sessions = {
      nameForm: 'zalando',
      source: 'role',
      seconds: 3_600,
      externalId: 'handshake',
      clusterArnTag: 'arn:aws:eks:eu-central-1:123456789012:cluster/prod',
    } as const;
    const open = () => Promise.reject(new Error('never needed'));
    const { own, assumeRole } = through(open, { sessions });
    const RoleArn = PLAIN.policy.forwarderRoleArn;
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
    ['keeps a recent session', 299, 1],
    ['replaces an old session, which may have been revoked,', 300, 2],
  ])('%s that is denied a role', async (_, ageSeconds, sessions) => {
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

  it('fails for each role when the intermediate session cannot be requested', async () => {
    const { assumeRole } = through(() => Promise.reject(stsError('AccessDenied', 'not that one')));
    for (const namespace of ['shop', 'bank']) {
      const attempt = assumeRole({ roleArn: ROLE_ARN, namespace, sessionSeconds: 3_600 }, FOREVER);
      await expect(attempt).rejects.toThrow('not that one');
    }
  });

  it('aborts with its signal while it waits for the intermediate session', async () => {
    const end = new AbortController();
    const { assumeRole } = through(() => new Promise(() => {}));
    const attempt = assumeRole(
      { roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 },
      end.signal,
    );
    end.abort(new Error('timeout'));
    await expect(attempt).rejects.toThrow('timeout');
  });

  it.each([
    ['ExpiredToken', 2],
    ['InvalidClientTokenId', 2],
    ['AccessDenied', 1],
  ])('after %s, two calls use %i intermediate sessions', async (name, sessions) => {
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

describe('shareSessions', () => {
  it('shares a session between equal requests, and never between namespaces', async () => {
    const requested: string[] = [];
    const assumeRole = shareSessions(async ({ namespace, roleArn, sessionSeconds }) => {
      requested.push(`${namespace} ${roleArn} ${sessionSeconds}`);
      return {
        accessKeyId: namespace,
        secretAccessKey: '',
        sessionToken: '',
        expiresAt: new Date(0),
      };
    });
    const request = { namespace: 'shop', roleArn: 'a', sessionSeconds: 3_600 };
    const all = await Promise.all(
      [
        request,
        request,
        { ...request, namespace: 'bank' },
        { ...request, roleArn: 'b' },
        { ...request, sessionSeconds: 900 },
        request,
      ].map((one) => assumeRole(one, FOREVER)),
    );
    expect(all.map(({ accessKeyId }) => accessKeyId)).toEqual([
      'shop',
      'shop',
      'bank',
      'shop',
      'shop',
      'shop',
    ]);
    expect(requested).toEqual(['shop a 3600', 'bank a 3600', 'shop b 3600', 'shop a 900']);
  });
});
