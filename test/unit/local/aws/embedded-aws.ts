import { STSClient } from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import { createIam, type Iam } from '../../../../local/aws/iam/iam.ts';
import type { SessionCredentials } from '../../../../local/aws/iam/session.ts';
import { type EmbeddedSts, startSts } from '../../../../local/aws/sts/sts.ts';
import { MovableClock } from '../../../../local/clock.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const REFRESHER = `arn:aws:iam::${ACCOUNT}:role/refresher`;
export const APP = `arn:aws:iam::${ACCOUNT}:role/app`;

export const trustService = (service: string, condition: object = {}) => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    Condition: condition,
  },
});

export const trustAccount = (condition: object = {}) => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: 'sts:AssumeRole',
    Condition: condition,
  },
});

export const allow = (action: string | string[], resource: string | string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
});

interface EmbeddedAws {
  readonly clock: MovableClock;
  readonly iam: Iam;
  readonly sts: EmbeddedSts;
  /** Credentials of a session of the refresher's role. */
  readonly credentials: SessionCredentials;
  client(credentials?: SessionCredentials, region?: string): STSClient;
}

/** Starts an STS with the roles `refresher`, which can assume `app*`, and `app`, which trusts the account. */
export async function startEmbeddedAws(): Promise<EmbeddedAws> {
  const clock = new MovableClock();
  const iam = createIam(clock);
  const sts = await startSts({ iam, clock, region: REGION });
  onTestFinished(() => sts.stop());
  sts.addRole({
    arn: REFRESHER,
    trustPolicy: trustService('lambda.amazonaws.com'),
    policies: [
      { name: 'assume', document: allow('sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/app*`) },
    ],
  });
  sts.addRole({ arn: APP, trustPolicy: trustAccount(), maxSessionDuration: 43_200 });
  const { credentials } = sts.issueServiceSession(REFRESHER, 'lambda.amazonaws.com', 'refresh');
  return {
    clock,
    iam,
    sts,
    credentials,
    client: (by = credentials, region = REGION) =>
      new STSClient({ endpoint: sts.url, region, credentials: by, maxAttempts: 1 }),
  };
}
