import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Story, volumeOf } from './scenarios/story.ts';

const SEEN_AT = '2026-11-24T00:00:00.000Z';
const NAME = 'aws-iam-orders';
/** In lists, it comes before the other namespace. */
const HOSTILE = 'hostile';
const ROLES_PER_POD = 20;

type Turns = typeof import('../../lambda/turns.ts');
type MinuteCounters = typeof import('../../lambda/minute-counter.ts');

afterEach(() => {
  vi.doUnmock('../../lambda/turns.ts');
  vi.doUnmock('../../lambda/minute-counter.ts');
  vi.resetModules();
});

/** Begins a story, with a namespace whose pods can request roles that do not exist. */
async function beginFlood(): Promise<Story> {
  vi.resetModules();
  const { beginStory } = await import('./scenarios/story.ts');
  const story = await beginStory();
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
  story.cluster.asAdmin('POST', '/api/v1/namespaces', { metadata: { name: HOSTILE, annotations } });
  story.allow(['orders']);
  return story;
}

/** Creates pods in the hostile namespace, and returns their requests. */
function flood(story: Story, pods: number) {
  return Array.from({ length: pods }, (_, i) => {
    const name = `pod-${i}`;
    const roles = Array.from({ length: ROLES_PER_POD }, (__, j) => `missing-${i}-${j}`);
    for (const role of roles) story.trust(role, false);
    const sources = roles.map((role) => ({ secret: { name: `aws-iam-${role}` } }));
    const containers = [
      { name: 'c', image: 'app', volumeMounts: [{ name: 'v', mountPath: '/m' }] },
    ];
    const spec = { containers, volumes: [{ name: 'v', projected: { sources } }] };
    story.cluster.asAdmin('POST', `/api/v1/namespaces/${HOSTILE}/pods`, {
      metadata: { name },
      spec,
    });
    return roles.map((role) => ({
      namespace: HOSTILE,
      secret: `aws-iam-${role}`,
      pod: name,
      seenAt: SEEN_AT,
    }));
  }).flat();
}

/** More Secrets are missing in the hostile namespace than a pass creates in one, then a pod of another one comes. */
async function hasSecretAfterNextPass(): Promise<boolean> {
  const story = await beginFlood();
  await story.until(61);
  flood(story, 30);
  story.addPod('web', { volumes: [volumeOf(NAME)] });
  await story.until(150);
  return story.hasSecret(NAME);
}

/** A pod event of the hostile namespace has as many requests as a container looks up in a minute, then another one has an event. */
async function hasSecretAfterEvent(): Promise<boolean> {
  const story = await beginFlood();
  await story.until(61);
  story.send(...flood(story, 10));
  await story.until(70);
  story.addPod('web', { volumes: [volumeOf(NAME)] });
  story.send({ namespace: 'shop', secret: NAME, pod: 'web', seenAt: SEEN_AT });
  await story.until(80);
  return story.hasSecret(NAME);
}

describe('a namespace that floods', { timeout: 60_000 }, () => {
  it('the passes does not delay the pod of another by a pass', async () => {
    expect(await hasSecretAfterNextPass()).toBe(true);
  });

  it('the pod events does not take away the events of another', async () => {
    expect(await hasSecretAfterEvent()).toBe(true);
  });
});

describe('the floods detect a product', { timeout: 60_000 }, () => {
  it('that takes no turns', async () => {
    vi.doMock('../../lambda/turns.ts', async (importOriginal) => {
      const original = await importOriginal<Turns>();
      const withTurns: Turns['withTurns'] = (items) => original.withTurns(items, () => 'all');
      return { ...original, withTurns };
    });
    expect(await hasSecretAfterNextPass()).toBe(false);
  });

  it('that counts the requests and denials of all namespaces together', async () => {
    vi.doMock('../../lambda/minute-counter.ts', async (importOriginal) => {
      const original = await importOriginal<MinuteCounters>();
      const createMinuteCounter: MinuteCounters['createMinuteCounter'] = () => {
        const { add, countOf } = original.createMinuteCounter();
        return {
          add: (_, now) => add('all', now),
          countOf: (_, now) => countOf('all', now),
        };
      };
      return { ...original, createMinuteCounter };
    });
    expect(await hasSecretAfterEvent()).toBe(false);
  });
});
