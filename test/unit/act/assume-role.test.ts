import { STSServiceException } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { createAssumeRole } from '../../../lambda/act/assume-role.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
const FOREVER = new AbortController().signal;
const CREDENTIALS = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'secret',
  SessionToken: 'token',
  Expiration: new Date('2026-11-23T13:00:00Z'),
};

/** The step over a client that answers, or throws, what is given, and the commands that it was sent. */
function stepOver(answer: () => unknown) {
  const sent: unknown[] = [];
  const send = async (command: { input: unknown }) => {
    sent.push(command.input);
    return answer();
  };
  const assumeRole = createAssumeRole({
    sts: { send } as never,
    clusterName: 'prod',
    beforeCall: () => {},
  });
  return {
    sent,
    run: () => assumeRole({ roleArn: ROLE_ARN, namespace: 'shop', sessionSeconds: 3_600 }, FOREVER),
  };
}

function stsError(name: string, message: string) {
  return new STSServiceException({ name, message, $fault: 'client', $metadata: {} });
}

describe('createAssumeRole', () => {
  it('opens an hour that is named after the namespace and the cluster', async () => {
    const { sent, run } = stepOver(() => ({ Credentials: CREDENTIALS }));
    expect(await run()).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
    expect(sent).toEqual([
      { RoleArn: ROLE_ARN, RoleSessionName: 'shop@prod', DurationSeconds: 3_600 },
    ]);
  });

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

  it('looks after its connections before each call', async () => {
    const steps: string[] = [];
    const send = async () => {
      steps.push('send');
      return { Credentials: CREDENTIALS };
    };
    const assumeRole = createAssumeRole({
      sts: { send } as never,
      clusterName: 'prod',
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
    const assumeRole = createAssumeRole({
      sts: { send } as never,
      clusterName: 'prod',
      beforeCall: () => {},
    });
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
