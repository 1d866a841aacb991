import { afterEach, describe, expect, it, vi } from 'vitest';
import { beginStory, type Story, volumeOf } from './scenarios/story.ts';

const SEEN_AT = '2026-11-24T00:00:00.000Z';
const NAME = 'aws-iam-orders';
const POD_REQUEST = { namespace: 'shop', secret: NAME, pod: 'web', seenAt: SEEN_AT };

/** Creates a pod that mounts Secrets, and sends its event a moment later. */
async function addPodWithEvent(story: Story, second: number, name = 'web'): Promise<void> {
  await story.until(second);
  story.addPod(name, { volumes: [volumeOf(NAME)] });
  await story.until(second + 0.2);
  story.send({ ...POD_REQUEST, pod: name });
}

/** Returns the second from which a Secret exists. */
async function secondOfSecret(story: Story, from: number, to: number): Promise<number> {
  for (let second = from; second <= to; second += 1) {
    await story.until(second);
    if (story.hasSecret(NAME)) return second;
  }
  return Number.POSITIVE_INFINITY;
}

describe('a role that becomes assumable ten seconds after its pod', () => {
  it.each([...Array(12).keys()].map((i) => i * 5))('at second %i of a minute', async (offset) => {
    const story = await beginStory();
    story.allow(['orders']);
    story.trust('orders', false);
    const createdAt = 60 + offset;
    await addPodWithEvent(story, createdAt);
    await story.until(createdAt + 10);
    story.trust('orders', true);
    // At most a minute after the role is ready.
    const latency = (await secondOfSecret(story, createdAt + 11, createdAt + 300)) - createdAt;
    expect(latency).toBeLessThanOrEqual(71);
  });
});

describe('a role that has been denied for an hour', () => {
  async function deniedForAnHour(): Promise<Story> {
    const story = await beginStory();
    story.allow(['orders']);
    story.trust('orders', false);
    await addPodWithEvent(story, 30);
    await story.until(3_700);
    return story;
  }

  it('is tried less and less often, and each Event repeats a try', async () => {
    const story = await deniedForAnHour();
    expect(story.tries.length).toBeLessThan(25);
    const [event = '', ...others] = story.eventsOf('web');
    expect(event).toMatch(/^Warning GetCredentialsFailed \d+: Secret aws-iam-orders: /);
    expect(event).not.toContain('last tried');
    expect(others).toEqual([]);
  });

  it('is tried at once for a new pod', async () => {
    const story = await deniedForAnHour();
    story.trust('orders', true);
    await addPodWithEvent(story, 3_703, 'other');
    await story.until(3_705);
    expect(story.hasSecret(NAME)).toBe(true);
  });

  it('is tried by the next pass after a change of the namespace', async () => {
    const story = await deniedForAnHour();
    story.trust('orders', true);
    story.allow(['orders', 'others']);
    await story.until(3_761);
    expect(story.hasSecret(NAME)).toBe(true);
  });

  it('is tried every ten seconds at most, however many pods come', async () => {
    const story = await deniedForAnHour();
    const before = story.tries.length;
    for (let second = 0; second < 120; second += 1) {
      await addPodWithEvent(story, 3_701 + second, `flapping-${second}`);
    }
    expect(story.tries.length - before).toBeLessThanOrEqual(14);
  });
});

describe('a pod that mounts a Secret of its own', () => {
  const own = { 'app.kubernetes.io/name': 'aws-iam-authenticator' };

  it.each([
    ['allows no role', []],
    ['allows every role', ['*']],
  ])('and runs is left alone in a namespace that %s', async (_, roles) => {
    const story = await beginStory();
    story.allow(roles);
    story.addSecret(NAME, own);
    story.addPod('web', { volumes: [volumeOf(NAME)] });
    await story.until(2);
    expect(story.phaseOf('web')).toBe('Running');
    story.send(POD_REQUEST);
    await story.until(7_200);
    expect(story.tries).toEqual([]);
    expect(story.writes).toEqual([]);
    expect(story.eventsOf('web')).toEqual([]);
    for (const { counts, reasons, withheld, refusedMounts } of story.reports) {
      expect([counts.refused, counts.failed, counts.created, withheld, refusedMounts]).toEqual(
        Array(5).fill(0),
      );
      expect(reasons).toEqual({});
    }
  });

  it('and waits for something else has one neutral Event', async () => {
    const story = await beginStory();
    story.allow(['orders']);
    story.addSecret(NAME, own);
    story.addPod('web', { volumes: [volumeOf(NAME), volumeOf('aws-iam-forbidden')] });
    await story.until(2);
    story.send(POD_REQUEST);
    await story.until(7_200);
    expect(story.tries).toEqual([]);
    expect(story.writes).toEqual([]);
    expect(story.eventsOf('web')).toEqual([
      // By the containers of pod events, of the refresh and of the sweep.
      expect.stringMatching(
        /^Normal SecretIgnored [1-3]: Secret aws-iam-orders: it exists and was not/,
      ),
    ]);
  });

  it('gets credentials after its own Secret is deleted', async () => {
    const story = await beginStory();
    story.allow(['orders']);
    story.addSecret(NAME, own);
    story.addPod('web', { volumes: [volumeOf(NAME), volumeOf('aws-iam-forbidden')] });
    await story.until(70);
    story.cluster.asAdmin('DELETE', `/api/v1/namespaces/shop/secrets/${NAME}`);
    await story.until(121);
    expect(story.hasSecret(NAME)).toBe(true);
    expect(story.tries).toEqual(['120 orders']);
  });

  it('gets the Secret of its role again when that is deleted while the pod runs', async () => {
    const story = await beginStory();
    story.allow(['*']);
    story.addPod('web', { volumes: [volumeOf(NAME)] });
    await story.until(70);
    expect(story.phaseOf('web')).toBe('Running');
    story.cluster.asAdmin('DELETE', `/api/v1/namespaces/shop/secrets/${NAME}`);
    await story.until(1_000);
    expect(story.hasSecret(NAME)).toBe(true);
  });
});

describe('a pod whose AWSIAMRole is created later', () => {
  it.each([
    ['with its event', true],
    ['without its event', false],
  ])('%s', async (_, hasEvent) => {
    const story = await beginStory();
    story.allow(['reports']);
    await addPodWithEvent(story, 61);
    await story.until(66);
    expect(story.eventsOf('web')).toEqual([expect.stringContaining('Warning RoleForbidden')]);
    story.addAwsIamRole(NAME, 'reports');
    if (hasEvent) story.send({ namespace: 'shop', awsIamRole: NAME, seenAt: SEEN_AT });
    await story.until(200);
    expect(story.phaseOf('web')).toBe('Running');
    expect(story.eventsOf('web')).toEqual([
      expect.stringContaining('Warning RoleForbidden'),
      expect.stringMatching(/^Normal CredentialsRecovered .*role\/reports$/),
    ]);
    await story.until(4_000);
    expect(story.eventsOf('web')).toHaveLength(2);
  });

  it('has no Event about a recovery if the AWSIAMRole existed first', async () => {
    const story = await beginStory();
    story.allow(['reports']);
    story.addAwsIamRole(NAME, 'reports');
    await story.until(5);
    await addPodWithEvent(story, 6);
    story.send({ namespace: 'shop', awsIamRole: NAME, seenAt: SEEN_AT });
    await story.until(200);
    expect(story.phaseOf('web')).toBe('Running');
    expect(story.eventsOf('web')).toEqual([]);
  });
});

describe('a pod with scheduling gates', () => {
  const gated = { volumes: [volumeOf(NAME)], schedulingGates: [{ name: 'example.com/quota' }] };

  it('gets its Secret when the last gate is removed', async () => {
    const story = await beginStory();
    story.allow(['*']);
    story.addPod('web', gated);
    story.send(POD_REQUEST);
    await story.until(1_000);
    expect(story.tries).toEqual([]);
    expect(story.hasSecret(NAME)).toBe(false);
    expect(story.eventsOf('web')).toEqual([]);
    story.ungate('web');
    story.send(POD_REQUEST);
    // Before the next pass.
    await story.until(1_019);
    expect(story.hasSecret(NAME)).toBe(true);
  });

  it('keeps a Secret that exists', async () => {
    const story = await beginStory();
    story.allow(['*']);
    story.addPod('first', { volumes: [volumeOf(NAME)] });
    await story.until(70);
    story.addPod('web', gated);
    story.cluster.asAdmin('DELETE', '/api/v1/namespaces/shop/pods/first');
    await story.until(7_200);
    expect(story.hasSecret(NAME)).toBe(true);
  });
});

describe('a pod that uses the Secret as environment variables', () => {
  const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: NAME, key: 'credentials' } } }];
  const withEnv = { containers: [{ name: 'c', image: 'app', env }] };

  it('has an Event that says why it gets no Secret, and none is created', async () => {
    const story = await beginStory();
    story.allow(['orders']);
    story.addPod('web', { ...withEnv, volumes: [volumeOf('aws-iam-forbidden')] });
    await story.until(1_000);
    expect(story.tries).toEqual([]);
    expect(story.eventsOf('web')).toEqual([
      expect.stringMatching(
        /^Warning SecretIgnored \d+: Secret aws-iam-orders: environment variables/,
      ),
    ]);
  });

  it('keeps the Secret of a pod that has mounted it', async () => {
    const story = await beginStory();
    story.allow(['*']);
    story.addPod('first', { volumes: [volumeOf(NAME)] });
    await story.until(70);
    story.addPod('web', withEnv);
    await story.until(80);
    expect(story.phaseOf('web')).toBe('Running');
    story.cluster.asAdmin('DELETE', '/api/v1/namespaces/shop/pods/first');
    await story.until(7_200);
    expect(story.hasSecret(NAME)).toBe(true);
    expect(story.eventsOf('web')).toEqual([
      expect.stringMatching(
        /^Warning SecretIgnored \d+: Secret aws-iam-orders: environment variables/,
      ),
    ]);
  });

  it('has no Event if it runs with a Secret of its own', async () => {
    const story = await beginStory();
    story.addSecret(NAME);
    story.addPod('web', withEnv);
    await story.until(7_200);
    expect(story.phaseOf('web')).toBe('Running');
    expect(story.eventsOf('web')).toEqual([]);
    expect(story.writes).toEqual([]);
  });

  it('has no Event if it also mounts the Secret', async () => {
    const story = await beginStory();
    story.allow(['*']);
    story.addPod('web', { ...withEnv, volumes: [volumeOf(NAME)] });
    await story.until(1_000);
    expect(story.phaseOf('web')).toBe('Running');
    expect(story.eventsOf('web')).toEqual([]);
  });
});

describe('the stories detect a product', () => {
  type BackOffs = typeof import('../../lambda/act/back-off.ts');
  type LookUps = typeof import('../../lambda/look-up-secrets.ts');
  type Requests = typeof import('../../lambda/decide/requested-secrets.ts');

  afterEach(() => {
    vi.doUnmock('../../lambda/act/back-off.ts');
    vi.doUnmock('../../lambda/look-up-secrets.ts');
    vi.doUnmock('../../lambda/decide/requested-secrets.ts');
    vi.resetModules();
  });

  /** Begins a story with a product of which one module is replaced. */
  async function beginWith<M extends object>(module: string, replace: (original: M) => Partial<M>) {
    vi.resetModules();
    vi.doMock(module, async (importOriginal) => {
      const original = await importOriginal<M>();
      return { ...original, ...replace(original) };
    });
    const broken = await import('./scenarios/story.ts');
    return broken.beginStory();
  }

  it('that waits for ninety seconds after a denial', async () => {
    const story = await beginWith<BackOffs>(
      '../../lambda/act/back-off.ts',
      ({ createBackOff }) => ({
        createBackOff() {
          const backOff = createBackOff();
          return {
            ...backOff,
            lastFailure: (key, news, now) =>
              backOff.lastFailure(key, news, new Date(now.getTime() - 80_000)),
          };
        },
      }),
    );
    story.allow(['orders']);
    story.trust('orders', false);
    await story.until(55);
    story.addPod('web', { volumes: [volumeOf(NAME)] });
    await story.until(65);
    story.trust('orders', true);
    expect(await secondOfSecret(story, 66, 300)).toBeGreaterThan(55 + 71);
  });

  it('that does not look before it assumes a role', async () => {
    const story = await beginWith<LookUps>('../../lambda/look-up-secrets.ts', () => ({
      lookUpUnmanaged: async (_, view) => view,
    }));
    story.allow(['*']);
    story.addSecret(NAME);
    story.addPod('web', { volumes: [volumeOf(NAME)] });
    await story.until(1_000);
    expect(story.tries).not.toEqual([]);
    expect(story.writes).toContain('POST ');
  });

  it('that ignores scheduling gates', async () => {
    const story = await beginWith<Requests>(
      '../../lambda/decide/requested-secrets.ts',
      ({ collectRequestedSecrets }) => ({
        collectRequestedSecrets: (pods) =>
          collectRequestedSecrets(pods.map(({ isGated: _, ...pod }) => pod)),
      }),
    );
    story.allow(['*']);
    const schedulingGates = [{ name: 'example.com/quota' }];
    story.addPod('web', { volumes: [volumeOf(NAME)], schedulingGates });
    await story.until(1_000);
    expect(story.hasSecret(NAME)).toBe(true);
  });
});
