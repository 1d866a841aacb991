import {
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSecretsManager } from '../../../../../local/aws/secrets-manager/secrets-manager.ts';
import {
  ACCOUNT,
  allow,
  REFRESHER,
  REGION,
  startEmbeddedAws,
  trustService,
} from '../embedded-aws.ts';

const NAME = 'kube-aws-iam-blue-login';
const ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${NAME}-AbCdEf`;
const READ = 'secretsmanager:GetSecretValue';
const WRITE = 'secretsmanager:PutSecretValue';

/** Starts a Secrets Manager with one secret, and clients whose roles allow actions on it. */
async function start() {
  const { iam, sts, clock } = await startEmbeddedAws();
  const resources = [{ kind: 'secret', name: NAME, arn: ARN }] as const;
  const target = { account: ACCOUNT, region: REGION, partition: 'aws' };
  const assembly = { target, stacks: [{ resources }] } as never;
  const secretsManager = await startSecretsManager({ assembly, iam, clock });
  onTestFinished(() => secretsManager.stop());
  const clientWith = (actions: readonly string[], resource = ARN) => {
    const arn = `${REFRESHER}-${iam.issuedSessions().length}`;
    const document = allow([...actions], resource);
    const trustPolicy = trustService('lambda.amazonaws.com');
    sts.addRole({ arn, trustPolicy, policies: [{ name: 'secret', document }] });
    const { credentials } = sts.issueServiceSession(arn, 'lambda.amazonaws.com', 'x');
    const endpoint = secretsManager.url;
    return new SecretsManagerClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
  };
  return { secretsManager, clientWith };
}

describe('the embedded Secrets Manager', () => {
  it('returns the last value that was put', async () => {
    const { secretsManager, clientWith } = await start();
    const client = clientWith([READ, WRITE]);
    for (const SecretString of ['a', 'b']) {
      const put = await client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString }));
      const got = await client.send(new GetSecretValueCommand({ SecretId: ARN }));
      expect(got).toMatchObject({
        ARN,
        Name: NAME,
        SecretString,
        VersionId: put.VersionId,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: expect.any(Date),
      });
    }
    expect(secretsManager.valuesOf(ARN)).toEqual(['a', 'b']);
    expect(secretsManager.calls[0]).toMatchObject({ action: 'PutSecretValue', resource: ARN });
  });

  it.each([ARN, ARN.slice(0, -7), NAME])('finds a secret as %s', async (SecretId) => {
    const { secretsManager, clientWith } = await start();
    secretsManager.putValue(ARN, 'a');
    const { SecretString } = await clientWith([READ]).send(new GetSecretValueCommand({ SecretId }));
    expect(SecretString).toBe('a');
  });

  it.each([
    [
      'no value',
      ARN,
      [READ],
      '*',
      'ResourceNotFoundException',
      /can't find the specified secret value for staging label: AWSCURRENT/,
    ],
    [
      'another secret',
      'other',
      [READ],
      '*',
      'ResourceNotFoundException',
      /can't find the specified secret\.$/,
    ],
    [
      'no permission',
      ARN,
      [WRITE],
      ARN,
      'AccessDeniedException',
      /not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:.*-AbCdEf because no identity-based policy/,
    ],
    [
      'permission for another secret',
      ARN,
      [READ],
      `${ARN}x`,
      'AccessDeniedException',
      /not authorized/,
    ],
    [
      'permission for the ARN without suffix only',
      ARN,
      [READ],
      ARN.slice(0, -7),
      'AccessDeniedException',
      /not authorized/,
    ],
  ] as const)('rejects a read with %s', async (_, SecretId, actions, resource, name, message) => {
    const { clientWith } = await start();
    const client = clientWith(actions, resource);
    await expect(client.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });

  it('rejects a write without permission, an empty value, a large one, and other operations', async () => {
    const { secretsManager, clientWith } = await start();
    const put = (SecretString: string) =>
      new PutSecretValueCommand({ SecretId: ARN, SecretString });
    await expect(clientWith([READ]).send(put('a'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const client = clientWith(['secretsmanager:*']);
    await expect(client.send(put(''))).rejects.toThrow();
    await expect(client.send(put('x'.repeat(65_537)))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining('does not support ListSecrets'),
    });
    expect(secretsManager.valuesOf(ARN)).toEqual([]);
  });
});
