import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEksToken } from '../../local/aws/eks/eks-token.ts';
import { createTokenAuthenticator } from '../../local/aws/eks/token-authenticator.ts';
import { numRuns } from '../fuzz/num-runs.ts';
import { requires } from '../support/requirements.ts';
import { startEmbeddedAws } from '../unit/local/aws/embedded-aws.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  PARTITIONS,
  type Partition,
  productToken,
  REGION_OF_PARTITION,
  sessionOf,
  sessionTokenOf,
  type TokenAnswer,
  type TokenQuestion,
  tokenChanges,
  tokenOf,
  urlIn,
} from './eks-tokens.ts';
import { BUILD_TIMEOUT_MS, type Judge, startJudge, TOKEN_VERIFIER } from './judge.ts';

const MINUTE_MS = 60_000;
/** The length that STS's session tokens have in most Regions. */
const USUAL_LENGTH = 900;
const SESSION = sessionOf('aws', sessionTokenOf(USUAL_LENGTH));
const REGION = REGION_OF_PARTITION.aws;

/** Begins the errors of tokens that aws-iam-authenticator rejects without asking STS. */
const MALFORMED = 'input token was not properly formatted';

describe('aws-iam-authenticator', requires(TOKEN_VERIFIER.builder), () => {
  let judge: Judge<TokenQuestion, TokenAnswer>;
  beforeAll(() => {
    judge = startJudge(TOKEN_VERIFIER);
  }, BUILD_TIMEOUT_MS);
  afterAll(() => judge.stop());

  const verify = (token: string, overrides: Partial<TokenQuestion> = {}) =>
    judge.ask({
      token,
      clusterName: CLUSTER_NAME,
      partition: 'aws',
      region: REGION,
      session: SESSION,
      ...overrides,
    });

  it.each(PARTITIONS)('accepts tokens of the product in %s', async (partition) => {
    const region = REGION_OF_PARTITION[partition];
    for (const length of [400, USUAL_LENGTH, 1_800]) {
      const session = sessionOf(partition, sessionTokenOf(length));
      const token = await productToken(session, region);
      expect(await verify(token, { partition, region, session })).toEqual({
        identity: {
          ARN: session.arn,
          CanonicalARN: `arn:${partition}:iam::${ACCOUNT}:role/refresher`,
          AccountID: ACCOUNT,
          UserID: 'AROAEXAMPLE',
          SessionName: 'refresh',
          AccessKeyID: session.accessKeyId,
          STSEndpoint: new URL(urlIn(token)).host,
        },
      });
    }
  });

  it('accepts the longest token that the product creates, and no longer one', async () => {
    const sessionOfLength = (length: number) => sessionOf('aws', sessionTokenOf(length));
    let length = 2_000;
    while (await productToken(sessionOfLength(length + 1), REGION).catch(() => undefined)) length++;
    const session = sessionOfLength(length);
    const token = await productToken(session, REGION);
    expect((await verify(token, { session })).identity?.ARN).toBe(session.arn);
    expect((await verify(token.padEnd(4_097, 'A'), { session })).error).toContain('too large');
  });

  it('accepts a token for 15 minutes after its signature', async () => {
    const signedAgo = (ms: number) =>
      productToken(SESSION, REGION, { now: new Date(Date.now() - ms) });
    expect(await verify(await signedAgo(14.9 * MINUTE_MS))).toHaveProperty('identity');
    expect((await verify(await signedAgo(15.1 * MINUTE_MS))).error).toMatch(/expired/);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'for another cluster',
      () => productToken(SESSION, REGION, { clusterName: 'green' }),
      /SignatureDoesNotMatch/,
    ],
    [
      'with another signature',
      async () => changeUrl(await productToken(SESSION, REGION), /[0-9a-f](?=$|&X-Amz-SignedH)/),
      /SignatureDoesNotMatch/,
    ],
    [
      'with another validity than was signed',
      async () => changeUrl(await productToken(SESSION, REGION), /(?<=Expires=)6/),
      /SignatureDoesNotMatch/,
    ],
    [
      'signed with another key',
      () => productToken({ ...SESSION, secretAccessKey: 'another' }, REGION),
      /SignatureDoesNotMatch/,
    ],
    [
      'with another session token',
      () => productToken({ ...SESSION, sessionToken: 'another' }, REGION),
      /InvalidClientTokenId/,
    ],
    [
      'signed for another Region than its STS host',
      () => productToken(SESSION, REGION, { stsHost: 'sts.us-west-2.amazonaws.com' }),
      /SignatureDoesNotMatch/,
    ],
    [
      'for a host that is not STS',
      () => productToken(SESSION, REGION, { stsHost: 'sts.example.com' }),
      /unexpected hostname "sts.example.com"/,
    ],
    [
      'for STS in another partition',
      () => productToken(SESSION, REGION_OF_PARTITION['aws-cn']),
      /partition \{aws\} does not support hostname sts.cn-north-1.amazonaws.com.cn/,
    ],
    [
      'signed in the future',
      () => productToken(SESSION, REGION, { now: new Date(Date.now() + 6 * MINUTE_MS) }),
      /not yet current/,
    ],
  ])('rejects a token %s', async (_title, create, reason) => {
    const answer = await verify(await create());
    expect(answer).toEqual({ error: expect.stringMatching(reason) });
  });

  it('creates tokens that the embedded EKS accepts', async () => {
    const aws = await startEmbeddedAws();
    const rejections: string[] = [];
    const principalArn = `arn:aws:iam::${ACCOUNT}:role/refresher`;
    const authenticate = createTokenAuthenticator({
      clusterName: CLUSTER_NAME,
      stsUrl: aws.sts.url,
      partition: 'aws',
      clock: aws.clock,
      accessEntries: () => [{ clusterName: CLUSTER_NAME, principalArn, kubernetesGroups: [] }],
      onRejected: (reason) => rejections.push(reason),
    });
    const session = { ...SESSION, ...aws.credentials };
    const { token = '' } = await judge.ask({
      clusterName: CLUSTER_NAME,
      partition: 'aws',
      region: REGION,
      session,
    });
    const user = await authenticate(token);
    expect(rejections).toEqual([]);
    expect(user?.username).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/refresher/refresh`);
    expect([...new URL(urlIn(token)).searchParams.keys()].toSorted()).toEqual(
      [...new URL(urlIn(await productToken(session, REGION))).searchParams.keys()].toSorted(),
    );
  });

  it('finds the same tokens malformed as the embedded EKS', async () => {
    const verdicts = { malformed: 0, wellFormed: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Partition>(...PARTITIONS),
        tokenChanges,
        async (partition, apply) => {
          const region = REGION_OF_PARTITION[partition];
          const token = apply(await productToken(SESSION, region));
          const { error = '' } = await verify(token, { partition, region });
          const isMalformed = error.startsWith(MALFORMED);
          verdicts[isMalformed ? 'malformed' : 'wellFormed']++;
          const details = `${token}\n${JSON.stringify(urlIn(token))}\n${error}`;
          expect(isRejectedByEmbeddedEks(token, partition), details).toBe(isMalformed);
        },
      ),
      numRuns(3_000),
    );
    expect(Math.min(verdicts.malformed, verdicts.wellFormed)).toBeGreaterThan(100);
  });
});

function isRejectedByEmbeddedEks(token: string, partition: Partition): boolean {
  try {
    readEksToken(token, partition, new Date());
    return false;
  } catch {
    return true;
  }
}

/** Replaces a digit of the URL in a token by another. */
function changeUrl(token: string, digit: RegExp): string {
  return tokenOf(urlIn(token).replace(digit, (found) => (found === '1' ? '2' : '1')));
}
