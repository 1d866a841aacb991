import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addTrustingRole } from '../../local/demo/create-pods.ts';
import { ACCOUNT, CLUSTER_NAME, REGION, type Installation } from '../../local/installation/installation.ts';
import { eventually } from '../../local/workload/eventually.ts';
import { createPod, type PodName, waitUntilRunning } from '../../local/installation/pods.ts';
import { waitUntilDelivered, volumeFolder } from '../../local/installation/volumes.ts';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';
import { createNamespace, INSTALLATION_MILLISECONDS, installProduct } from './installed-product.ts';
import {
  containerRootsWork,
  type Reader,
  type ReaderCommand,
  type ReaderSurroundings,
  runs,
  startReader,
} from './readers/read-as-container.ts';

const namespace = 'shop';
const REFRESH = 'kube-aws-iam-demo-refresh';
/** How often a client is used when it is counted how often it runs `cat`. */
const USES = 3;
/** More than the credentials of pod `four` have left, and less than what STS forgives a clock. */
const LATER_SECONDS = 4.5 * 60;

/** How many minutes the credentials of each pod have left when the readers begin. */
const MINUTES_LEFT = { over: -2, four: 4, twelve: 12, twenty: 20 } as const;
type Pod = keyof typeof MINUTES_LEFT;
/** Those whose credentials end first are made first. */
const PODS = ['over', 'four', 'twelve', 'twenty'] as const;

/** What stands for an SDK, and what it is known to do. */
interface Sdk {
  readonly command: ReaderCommand;
  /** Pods in which it runs `cat` again at each use, as little time is left. */
  readonly asksAgainIn: readonly Pod[];
  /** What it says of credentials that are over. */
  readonly over: RegExp;
  /** Whether a process notices that a file with static keys has changed. */
  readonly rereadsStaticKeys: boolean;
}

const programOf = (file: string) => join(import.meta.dirname, 'readers', file);
const BOTO3: Sdk = {
  command: ['python3', programOf('reader.py')],
  asksAgainIn: ['four', 'twelve'],
  over: /Credentials were refreshed, but the refreshed credentials are still expired/,
  rereadsStaticKeys: false,
};
const JAVASCRIPT: Sdk = {
  command: [process.execPath, programOf('reader.ts')],
  asksAgainIn: ['four'],
  over: /CredentialsProviderError: Could not load credentials from any providers/,
  rereadsStaticKeys: false,
};
// Both ask again when hardly anything is left, so that only what is over tells whether they do.
const GO: Sdk = {
  command: [programOf('go/target/reader')],
  asksAgainIn: [],
  over: /ExpiredToken/,
  rereadsStaticKeys: false,
};
const JAVA_CLASSES = ['java/target/classes', 'java/target/dependency/*'].map(programOf).join(':');
const JAVA: Sdk = {
  command: ['java', '-cp', JAVA_CLASSES, 'Reader'],
  asksAgainIn: [],
  over: /The security token included in the request is expired/,
  rereadsStaticKeys: true,
};
const CLI: ReaderCommand = ['sh', programOf('reader.sh')];

const canMount = containerRootsWork();

/** `describe` where a process can have a mount path of its own, and a real cluster can run with the chart in it. */
function describeReaders(title: string, suite: () => void) {
  if (canMount) return describeChartOnRealCluster(title, suite);
  console.warn(`Skipped "${title}": \`unshare --mount\` is not there, or not allowed`);
  describe.skip(title, suite);
}

/** A `describe` for a reader, which is skipped with a line that says how to get it where it is not. */
function describeFor(title: string, isThere: () => boolean, howToGet: string) {
  const usable = canMount && isThere();
  if (canMount && !usable) console.warn(`Skipped "${title}": ${howToGet}`);
  return (suite: () => void) => describe.skipIf(!usable)(title, suite);
}
const hasBoto3 = () => runs('python3', '-c', 'import boto3');
const describeCli = describeFor(
  'the AWS CLI',
  () => runs('aws', '--version'),
  'pip install awscli',
);
const describeBoto3 = describeFor('boto3', hasBoto3, 'pip install boto3, for python3');
const describeJavaScript = describeFor('the SDK for JavaScript', () => true, 'npm ci');
// What builds these downloads their SDKs, which no test does.
const describeGo = describeFor(
  'the SDK for Go',
  () => existsSync(programOf('go/target/reader')),
  'npm run readers:build, with Go',
);
const describeJava = describeFor(
  'the SDK for Java',
  () => existsSync(programOf('java/target/classes/Reader.class')),
  'npm run readers:build, with Maven and Java 17',
);
const describeSdks = (suite: (sdk: Sdk) => void) => {
  describeBoto3(() => suite(BOTO3));
  describeJavaScript(() => suite(JAVASCRIPT));
  describeGo(() => suite(GO));
  describeJava(() => suite(JAVA));
};

describeReaders('the files that the kubelet mounted, at /meta/aws-iam', () => {
  let world: Installation;
  const readers = new Map<string, Promise<Reader>>();

  // The product's clock begins behind that of the machine, which is the readers', and has caught up when they read.
  beforeAll(async () => {
    world = await installProduct();
    setClock(-70);
    await createNamespace(world, namespace);
    for (const pod of PODS) {
      addTrustingRole(world, `demo-${pod}`);
      setClock(MINUTES_LEFT[pod] - 60);
      await createPod(world, { namespace, name: pod, secrets: [`aws-iam-demo-${pod}`] });
      await refresh();
    }
    for (const pod of PODS) await waitUntilRunning(world, named(pod));
    setClock(0);
  }, INSTALLATION_MILLISECONDS);

  afterAll(async () => {
    for (const reader of readers.values()) await (await reader).stop();
    await world?.stop();
  });

  const named = (name: string): PodName => ({ namespace, name });
  const arnOf = (pod: Pod) =>
    `arn:aws:sts::${ACCOUNT}:assumed-role/demo-${pod}/${namespace}@${CLUSTER_NAME}`;
  const setClock = (minutesAhead: number) =>
    world.clock.advance(minutesAhead * 60 - world.clock.offsetMs / 1_000);
  async function refresh(): Promise<void> {
    const result = await world.cloud.functions.invoke(REFRESH, { pass: 'refresh' });
    expect(result).toMatchObject({ payload: { report: { counts: { failed: 0 } } } });
  }
  /** The process of that kind that has been in the pod from the beginning. */
  function readerIn(
    pod: Pod,
    command: ReaderCommand,
    file: ReaderSurroundings['file'] = 'credentials.process',
  ): Promise<Reader> {
    const key = [pod, file, ...command].join();
    const start = async () => {
      const mounted = await volumeFolder(world, named(pod));
      return startReader(command, { mounted, file, stsUrl: world.cloud.sts.url, region: REGION });
    };
    const reader = readers.get(key) ?? start();
    readers.set(key, reader);
    return reader;
  }
  /** Uses a reader that may run `cat` beside an answer, until it has run it so often. */
  async function useUntilAsked(reader: Reader, pod: Pod, times: number): Promise<void> {
    let asked = 0;
    await eventually(`cat is run ${times} times`, async () => {
      expect(await reader.whoAmI()).toBe(arnOf(pod));
      asked += await reader.catsRun();
      return asked >= times || undefined;
    });
  }
  /** Uses a reader, and says how often it ran `cat` for that. */
  async function use(reader: Reader, pod: Pod): Promise<number> {
    for (let uses = 0; uses < USES; uses++) expect(await reader.whoAmI()).toBe(arnOf(pod));
    return reader.catsRun();
  }

  describe('while they run out', () => {
    describeSdks(({ command, asksAgainIn, over }) => {
      it.each(['twenty', 'twelve', 'four'] as const)(
        'are the role of the pod, with %s minutes left',
        async (pod) => {
          const reader = await readerIn(pod, command);
          expect(await reader.whoAmI()).toBe(arnOf(pod));
          expect(await reader.catsRun()).toBeGreaterThan(0);
          if (asksAgainIn.includes(pod)) await useUntilAsked(reader, pod, USES);
          else expect(await use(reader, pod)).toBe(0);
        },
      );

      it('are over at their end, in the words of the SDK', async () => {
        const reader = await readerIn('over', command);
        expect(await reader.whoAmI()).toMatch(over);
      });

      it('are the role of the pod as static keys too', async () => {
        const reader = await readerIn('four', command, 'credentials');
        expect(await reader.whoAmI()).toBe(arnOf('four'));
        expect(await reader.catsRun()).toBe(0);
      });
    });

    describeCli(() => {
      it('are the role of the pod', async () => {
        const reader = await readerIn('four', CLI);
        expect(await reader.whoAmI()).toBe(arnOf('four'));
        expect(await reader.catsRun()).toBeGreaterThan(0);
      });

      it('are over at their end', async () => {
        expect(await (await readerIn('over', CLI)).whoAmI()).toMatch(BOTO3.over);
      });
    });
  });

  describe('when they have been renewed', () => {
    beforeAll(async () => {
      await refresh();
      for (const pod of PODS) await waitUntilDelivered(world, named(pod));
      // From here on it counts what is read now.
      for (const reader of readers.values()) await (await reader).catsRun();
    });

    describeSdks(({ command, asksAgainIn }) => {
      it.each<Pod>(['over', ...asksAgainIn])(
        'are taken up by the process that was there before, in pod %s',
        async (pod) => {
          const reader = await readerIn(pod, command);
          await useUntilAsked(reader, pod, 1);
        },
      );
    });
  });

  describe('when those of before would be over', () => {
    beforeAll(() => world.clock.advance(LATER_SECONDS));

    describeSdks(({ command, asksAgainIn, rereadsStaticKeys }) => {
      it.each<Pod>(['over', ...asksAgainIn])(
        'are the role still, in the process that was there before, in pod %s',
        async (pod) => {
          const reader = await readerIn(pod, command);
          // The SDK may still be taking in what it read beside its last answer.
          await eventually('it is the role', async () =>
            (await reader.whoAmI()) === arnOf(pod) ? true : undefined,
          );
          expect(await use(reader, pod)).toBe(0);
        },
      );

      it(`are ${rereadsStaticKeys ? 'the role still' : 'over'} as static keys`, async () => {
        const reader = await readerIn('four', command, 'credentials');
        const then = rereadsStaticKeys ? arnOf('four') : 'ExpiredToken';
        expect(await reader.whoAmI()).toContain(then);
      });
    });

    describeCli(() => {
      it('are the role still', async () => {
        expect(await (await readerIn('four', CLI)).whoAmI()).toBe(arnOf('four'));
      });
    });
  });
});
