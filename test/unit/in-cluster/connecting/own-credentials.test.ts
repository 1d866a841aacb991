import { createServer } from 'node:http';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  explainOwnCredentials,
  ownCredentialsRemedy,
} from '../../../../in-cluster/connecting/own-credentials.ts';
import { createAssumeRole } from '../../../../lambda/act/sessions/assume-role.ts';
import { intermediateSession } from '../../../../lambda/act/sessions/intermediate-session.ts';
import { type ListeningServer, listen } from '../../../support/listen.ts';

const OWN_ROLE = 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-onprem';
const SEEDED = {
  clusterName: 'onprem',
  region: 'eu-central-1',
  policy: { forwarderRoleArn: OWN_ROLE },
} as never;
const BY_IDENTITY = { clusterName: 'onprem', region: 'eu-central-1', policy: {} } as never;
const SEED = 'kube-aws-iam seed --cluster onprem --region eu-central-1';
const WANTED = {
  roleArn: 'arn:aws:iam::123456789012:role/orders',
  namespace: 'shop',
  sessionSeconds: 3_600,
};

describe('explainOwnCredentials', () => {
  let sts: ListeningServer;
  let code = '';
  beforeAll(async () => {
    const server = createServer((_, response) => {
      response.statusCode = 403;
      const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>AKIASECRET</Message></Error>`;
      response.end(`<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`);
    });
    sts = await listen(server);
  });
  afterAll(() => sts.stop());

  /** The client of the process, with an STS that answers with an error, or with credentials that cannot be read. */
  function client(config: never, error: string): STSClient {
    code = error;
    const keys = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret' };
    const credentials = async () => {
      if (error !== 'CredentialsProviderError') return keys;
      throw Object.assign(new Error('AKIASECRET'), { name: error });
    };
    const plain = new STSClient({
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${sts.port}`,
      credentials,
      maxAttempts: 1,
    });
    return explainOwnCredentials(plain, config);
  }
  function sessionWith(own: STSClient, settings: object = {}) {
    const assumeRole = createAssumeRole({
      sts: own,
      intermediate: undefined,
      sessions: { nameForm: 'namespace', source: 'role', seconds: 3_600 },
      clusterName: 'onprem',
      policy: { forwarderRoleArn: OWN_ROLE },
      now: () => new Date(),
      ...settings,
    });
    return assumeRole(WANTED, new AbortController().signal).catch((error: unknown) => error);
  }

  it.each(['CredentialsProviderError', 'ExpiredToken', 'InvalidClientTokenId'])(
    'names the Secret and the command after %s, and quotes nothing',
    async (error) => {
      expect(await sessionWith(client(SEEDED, error))).toMatchObject({
        name: 'AssumeRoleError',
        reason: 'own-credentials-expired',
        message: `the refresher's own AWS credentials in Secret kube-aws-iam/aws-iam-kube-aws-iam-eu-central-1-onprem have expired or are not valid (${error}), and it can only renew them while they are. An operator has to run: ${SEED}`,
      });
    },
  );

  it.each([
    ['AccessDenied', 'assume-role-denied'],
    ['Throttling', 'sts-throttled'],
    ['ServiceUnavailable', 'sts-refused'],
  ])('leaves %s as it is', async (error, reason) => {
    const failure = await sessionWith(client(SEEDED, error));
    expect(failure).toMatchObject({ reason });
    expect(String(failure)).not.toContain('seed');
  });

  it('says the same when an intermediate role cannot be assumed for this reason', async () => {
    const own = client(SEEDED, 'ExpiredToken');
    const intermediate = intermediateSession({
      sts: own,
      roleArn: 'arn:aws:iam::123456789012:role/between',
      clusterName: 'onprem',
      connect: () => own,
      now: () => new Date(),
    });
    expect(await sessionWith(own, { intermediate })).toMatchObject({
      reason: 'own-credentials-expired',
      message: expect.stringMatching(new RegExp(`role/between .*run: ${SEED}$`)),
    });
  });

  it.each(['CredentialsProviderError', 'ExpiredToken'])(
    'does not recommend a seed where the credentials come from an OIDC token: %s',
    async (error) => {
      const failure = await sessionWith(client(BY_IDENTITY, error));
      expect(failure).toMatchObject({ reason: 'sts-failed' });
      expect(String(failure)).not.toContain('seed');
      expect(ownCredentialsRemedy(BY_IDENTITY)).toMatch(/OIDC provider.*kube-aws-iam doctor/);
    },
  );
});
