import { describe, expect, it } from 'vitest';
import { explainPod, type PodExplanation } from '../../bin/commands/explain/explain-pod.ts';
import { aPolicy } from '../support/builders/builders.ts';
import { beginStory, type Story, volumeOf } from './scenarios/story.ts';

const NAME = 'aws-iam-orders';
const SEEN_AT = '2026-11-24T00:00:00.000Z';

/** Explains a pod of a story, as `kube-aws-iam explain pod` does. */
function explain({ connection, time }: Story, name = 'web'): Promise<PodExplanation> {
  const config = {
    region: 'eu-central-1',
    clusterName: 'simulated',
    policy: aPolicy(),
    scope: { only: [], except: [] },
    sessions: { nameForm: 'namespace', source: 'role', seconds: 3_600 },
    secretMetadata: { labels: {}, annotations: {} },
    refreshBeforeSeconds: 1_800,
  } as const;
  return explainPod(
    {
      connection,
      config,
      runsIn: 'lambda',
      target: { cluster: 'simulated' },
      source: 'test',
      context: 'test',
      namespace: 'shop',
      now: () => time.now(),
      signal: new AbortController().signal,
    },
    { namespace: 'shop', name },
  );
}

describe('explain pod', () => {
  it.each([
    ['a moment', 2],
    ['a minute', 90],
    ['an hour', 4_000],
  ])('of a pod that an AWSIAMRole serves since %s later', async (_, later) => {
    const story = await beginStory();
    story.allow(['reports']);
    await story.until(61);
    story.addPod('web', { volumes: [volumeOf(NAME)] });
    story.send({ namespace: 'shop', secret: NAME, pod: 'web', seenAt: SEEN_AT });
    await story.until(64);
    expect(await explain(story)).toMatchObject({
      conclusion: expect.stringMatching(/does not get Secret aws-iam-orders: .*does not allow/),
    });
    story.addAwsIamRole(NAME, 'reports');
    story.send({ namespace: 'shop', awsIamRole: NAME, seenAt: SEEN_AT });
    await story.until(64 + later);
    const { conclusion, secrets } = await explain(story);
    expect(secrets).toMatchObject([
      { outcome: 'given', roleArn: expect.stringMatching(/reports$/) },
    ]);
    expect(conclusion).toBe('Pod shop/web has all credentials that it requests.');
  });

  it('of a pod that uses 3,000 Secrets explains the first ones, and reports how many it does not', async () => {
    const story = await beginStory();
    story.allow(['orders']);
    const sources = Array.from({ length: 2_999 }, (_, i) => ({ secret: { name: `aws-iam-${i}` } }));
    const projected = { name: 'all', projected: { sources } };
    story.addPod('web', { volumes: [volumeOf(NAME), projected] });
    await story.until(61);
    const { secrets, notExplained } = await explain(story);
    expect(secrets).toHaveLength(40);
    expect(secrets[0]).toMatchObject({ secret: NAME, outcome: 'given' });
    expect(notExplained).toBe(2_960);
  });

  it('of a pod that runs with a Secret of its own', async () => {
    const story = await beginStory();
    story.addSecret(NAME);
    story.addPod('web', { volumes: [volumeOf(NAME)] });
    await story.until(100);
    const { conclusion, secrets, next } = await explain(story);
    expect(secrets).toMatchObject([{ outcome: 'own', present: 'somebody else' }]);
    expect(conclusion).toMatch(
      /^Pod shop\/web uses Secret aws-iam-orders: .*not created by kube-aws-iam/,
    );
    expect(next).toBeUndefined();
  });

  it('of a pod with scheduling gates', async () => {
    const story = await beginStory();
    story.allow(['*']);
    const schedulingGates = [{ name: 'example.com/quota' }];
    story.addPod('web', { volumes: [volumeOf(NAME)], schedulingGates });
    await story.until(100);
    const { conclusion, secrets } = await explain(story);
    expect(secrets).toMatchObject([{ outcome: 'waiting' }]);
    expect(conclusion).toMatch(
      /^Pod shop\/web waits for Secret aws-iam-orders: .*scheduling gates/,
    );
  });

  it('of a pod that uses environment variables only', async () => {
    const story = await beginStory();
    story.allow(['orders']);
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: NAME, key: 'credentials' } } }];
    const volumes = [volumeOf('aws-iam-forbidden')];
    story.addPod('web', { containers: [{ name: 'c', image: 'app', env }], volumes });
    await story.until(100);
    const { secrets } = await explain(story);
    expect(secrets).toMatchObject([
      { secret: 'aws-iam-forbidden' },
      {
        secret: NAME,
        outcome: 'withheld',
        mounts: [],
        conclusion: expect.stringMatching(/^environment variables are set once/),
      },
    ]);
  });

  it('of a pod that uses environment variables of a Secret that exists', async () => {
    const story = await beginStory();
    story.allow(['*']);
    story.addPod('first', { volumes: [volumeOf(NAME)] });
    await story.until(70);
    const envFrom = [{ secretRef: { name: NAME } }];
    story.addPod('web', { initContainers: [{ name: 'i', image: 'app', envFrom }] });
    await story.until(100);
    const { conclusion } = await explain(story);
    expect(conclusion).toMatch(/environment variables are set once/);
  });
});
