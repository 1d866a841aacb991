import { describe, expect, it } from 'vitest';
import { loginSecret } from '../../../../kubernetes/login/login-secret.ts';

const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:login-AbCdEf';
const LOCATION = { clusterName: 'blue', secretArn: SECRET_ARN };

function secretWith(answer: () => object) {
  const commands: object[] = [];
  const secret = loginSecret(
    {
      async send(command: { readonly input: object }) {
        commands.push(command.input);
        return answer() as never;
      },
    },
    LOCATION,
  );
  return { secret, commands };
}

function failing(name: string, message = 'no') {
  return secretWith(() => {
    throw Object.assign(new Error(message), { name, $metadata: {} });
  });
}

describe('the secret with the login', () => {
  it('is read and written by its ARN', async () => {
    const { secret, commands } = secretWith(() => ({ SecretString: 'value' }));
    expect(await secret.read()).toBe('value');
    await secret.write('new');
    expect(commands).toEqual([
      { SecretId: SECRET_ARN },
      { SecretId: SECRET_ARN, SecretString: 'new' },
    ]);
  });

  it.each([[{}], [{ SecretString: '' }], [{ SecretBinary: new Uint8Array([1]) }]])(
    'without a text is an error with the command (%j)',
    async (output) => {
      await expect(secretWith(() => output).secret.read()).rejects.toMatchObject({
        name: 'ClusterSetupError',
        message: `The secret ${SECRET_ARN} with the login to cluster "blue" has no text value. Run: kube-aws-iam connect --cluster blue`,
      });
    },
  );

  it.each([
    [
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      'ClusterSetupError',
      /It has no value yet\. Run: kube-aws-iam connect --cluster blue$/,
    ],
    [
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret.",
      'ClusterSetupError',
      /It does not exist: deploy the stack, then run: kube-aws-iam connect --cluster blue$/,
    ],
    [
      'AccessDeniedException',
      'User: x is not authorized',
      'ClusterSetupError',
      /must allow secretsmanager:GetSecretValue/,
    ],
    ['DecryptionFailure', 'no', 'ClusterSetupError', /Enable the KMS key/],
    [
      'InvalidRequestException',
      'marked for deletion',
      'ClusterSetupError',
      /aws secretsmanager restore-secret --secret-id arn:/,
    ],
    ['TimeoutError', 'slow', 'ClusterUnreachableError', /interface endpoint for secretsmanager/],
    ['ThrottlingException', 'Rate exceeded', 'ClusterUnreachableError', /next pass tries again/],
    ['InternalServiceError', 'oops', 'ClusterUnreachableError', /next pass tries again/],
  ])('that cannot be read because of %s (%s) is a %s', async (name, text, error, message) => {
    const thrown = await failing(name, text)
      .secret.read()
      .catch((e: unknown) => e);
    expect(thrown).toMatchObject({ name: error, message: expect.stringMatching(message) });
    expect(String(thrown)).toContain(
      `${SECRET_ARN} with the login to cluster "blue" cannot be read (${name}`,
    );
  });

  it('that cannot be written is an error without the value', async () => {
    const { secret } = failing('AccessDeniedException');
    const thrown = await secret.write('very-secret').catch((e: unknown) => e);
    expect(thrown).toMatchObject({
      message: expect.stringMatching(/cannot be written.*secretsmanager:PutSecretValue/),
    });
    expect(thrown).not.toHaveProperty('cause');
  });

  it.each([
    ['ValidationException', "Value 'very-secret' at 'secretString' failed to satisfy constraint"],
    ['InvalidParameterException', 'You provided an invalid value: very-secret'],
    ['SerializationException', 'unexpected very-secret'],
    ['InvalidSignatureException', 'The canonical string should have been very-secret'],
    ['SyntaxError', 'Unexpected token, "very-secret" is not valid JSON'],
  ])('is not quoted by an error of Secrets Manager (%s)', async (name, text) => {
    const { secret } = failing(name, text);
    for (const call of [secret.read(), secret.write('very-secret')]) {
      const thrown = await call.catch(String);
      expect(thrown).toContain(`${name}: message withheld`);
      expect(thrown).not.toContain('very-secret');
    }
  });

  it('has short error messages', async () => {
    const thrown = await failing('TimeoutError', 'x'.repeat(1e6)).secret.read().catch(String);
    expect(thrown.length).toBeLessThan(2_000);
  });
});
