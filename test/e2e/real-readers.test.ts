import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  CLUSTER_NAME,
  type Installation,
  REGION,
} from '../../local/installation/installation.ts';
import { createPod, type PodName, waitUntilRunning } from '../../local/installation/pods.ts';
import { addTrustingRole } from '../../local/installation/trusting-role.ts';
import { volumeFolder, waitUntilDelivered } from '../../local/installation/volumes.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { CONTROL_PLANE, HELM, type Requirement, requires } from '../support/requirements.ts';
import { createNamespace, INSTALLATION_TIMEOUT_MS, installProduct } from './installed-product.ts';
import { GO_PROGRAM, JAVA_PROGRAM } from './readers/compiled-readers.ts';
import {
  containerRootsWork,
  type Reader,
  type ReaderCommand,
  type ReaderEnvironment,
  runs,
  startReader,
} from './readers/read-as-container.ts';

const namespace = 'shop';
const REFRESH = 'kube-aws-iam-demo-refresh';
/** Number of requests for which `cat` runs are counted. */
const USES = 3;
/** Longer than the remaining validity in pod `four`, and less than the clock skew that STS tolerates. */
const LATER_SECONDS = 4.5 * 60;

/** Minutes until the credentials of each pod expire, when the readers start. */
const MINUTES_LEFT = { expired: -2, four: 4, twelve: 12, twenty: 20 } as const;
type Pod = keyof typeof MINUTES_LEFT;
/** In the order of expiry, which is the order of creation. */
const PODS = ['expired', 'four', 'twelve', 'twenty'] as const;

/** The reader of an SDK, and the known behavior of the SDK. */
interface Sdk {
  readonly command: ReaderCommand;
  /** Pods in which it runs `cat` for each request, because its credentials expire soon. */
  readonly refreshesIn: readonly Pod[];
  /** Its error for expired credentials. */
  readonly expiredError: RegExp;
  /** Whether a process notices that a file with static keys has changed. */
  readonly rereadsStaticKeys: boolean;
}

const programOf = (file: string) => join(import.meta.dirname, 'readers', file);
const BOTO3: Sdk = {
  command: ['python3', programOf('reader.py')],
  refreshesIn: ['four', 'twelve'],
  expiredError: /Credentials were refreshed, but the refreshed credentials are still expired/,
  rereadsStaticKeys: false,
};
const JAVASCRIPT: Sdk = {
  command: [process.execPath, programOf('reader.ts')],
  refreshesIn: ['four'],
  expiredError: /CredentialsProviderError: Could not load credentials from any providers/,
  rereadsStaticKeys: false,
};
// Go and Java refresh only just before expiry, so only expired credentials show whether they do.
const GO: Sdk = {
  command: GO_PROGRAM.command,
  refreshesIn: [],
  expiredError: /ExpiredToken/,
  rereadsStaticKeys: false,
};
const JAVA: Sdk = {
  command: JAVA_PROGRAM.command,
  refreshesIn: [],
  expiredError: /The security token included in the request is expired/,
  rereadsStaticKeys: true,
};
const CLI: ReaderCommand = ['sh', programOf('reader.sh')];

const MOUNTS: Requirement = {
  missing: 'mounts of its own for a process',
  remedy: 'run the tests as root, on Linux with `unshare`',
  isMet: containerRootsWork,
};

/** Requirements of the readers. Tests do not build the readers for Go and Java, as these builds download the SDKs. */
const AWS_CLI = reader('the AWS CLI', 'pip install awscli', () => runs('aws', '--version'));
const BOTO3_FOR_PYTHON = reader('boto3', 'pip install boto3, for python3', () =>
  runs('python3', '-c', 'import boto3'),
);
const GO_READER = reader('the reader with the SDK for Go', 'npm run readers:build, with Go', () =>
  existsSync(GO_PROGRAM.command[0]),
);
const JAVA_READER = reader(
  'the reader with the SDK for Java',
  'npm run readers:build, with Maven and Java 17',
  () => existsSync(programOf('java/target/classes/Reader.class')),
);

function reader(missing: string, remedy: string, isMet: () => boolean): Requirement {
  return { missing, remedy, isMet };
}

const describeCli = (suite: () => void) => describe('the AWS CLI', requires(AWS_CLI), suite);
const describeSdks = (suite: (sdk: Sdk) => void) => {
  describe('boto3', requires(BOTO3_FOR_PYTHON), () => suite(BOTO3));
  describe('the SDK for JavaScript', () => suite(JAVASCRIPT));
  describe('the SDK for Go', requires(GO_READER), () => suite(GO));
  describe('the SDK for Java', requires(JAVA_READER), () => suite(JAVA));
};

describe(
  'the files that the kubelet mounted, at /meta/aws-iam',
  requires(CONTROL_PLANE, HELM, MOUNTS),
  () => {
    let installation: Installation;
    const readers = new Map<string, Promise<Reader>>();

    // The embedded clock starts behind the machine's clock, which the readers use, and equals it when they read.
    beforeAll(async () => {
      installation = await installProduct();
      setClock(-70);
      await createNamespace(installation, namespace);
      for (const pod of PODS) {
        addTrustingRole(installation, `demo-${pod}`);
        setClock(MINUTES_LEFT[pod] - 60);
        await createPod(installation, { namespace, name: pod, secrets: [`aws-iam-demo-${pod}`] });
        await refresh();
      }
      for (const pod of PODS) await waitUntilRunning(installation, named(pod));
      setClock(0);
    }, INSTALLATION_TIMEOUT_MS);

    afterAll(async () => {
      for (const reader of readers.values()) await (await reader).stop();
      await installation?.stop();
    });

    const named = (name: string): PodName => ({ namespace, name });
    const arnOf = (pod: Pod) =>
      `arn:aws:sts::${ACCOUNT}:assumed-role/demo-${pod}/${namespace}@${CLUSTER_NAME}`;
    const setClock = (minutesAhead: number) =>
      installation.clock.advance(minutesAhead * 60 - installation.clock.offsetMs / 1_000);
    async function refresh(): Promise<void> {
      const result = await installation.cloud.functions.invoke(REFRESH, { pass: 'refresh' });
      expect(result).toMatchObject({ payload: { report: { counts: { failed: 0 } } } });
    }
    /** Returns the reader process in a pod, which is started once. */
    function readerIn(
      pod: Pod,
      command: ReaderCommand,
      file: ReaderEnvironment['file'] = 'credentials.process',
    ): Promise<Reader> {
      const key = [pod, file, ...command].join();
      const start = async () => {
        const mounted = await volumeFolder(installation, named(pod));
        return startReader(command, {
          mounted,
          file,
          stsUrl: installation.cloud.sts.url,
          region: REGION,
        });
      };
      const reader = readers.get(key) ?? start();
      readers.set(key, reader);
      return reader;
    }
    /** Uses a reader until it has run `cat` the given number of times, which it may do in the background. */
    async function useUntilCatRuns(reader: Reader, pod: Pod, times: number): Promise<void> {
      let runs = 0;
      await waitUntil(`cat to run ${times} times`, async () => {
        expect(await reader.whoAmI()).toBe(arnOf(pod));
        runs += await reader.catsRun();
        return runs >= times || undefined;
      });
    }
    /** Uses a reader, and returns how often it ran `cat`. */
    async function use(reader: Reader, pod: Pod): Promise<number> {
      for (let uses = 0; uses < USES; uses++) expect(await reader.whoAmI()).toBe(arnOf(pod));
      return reader.catsRun();
    }

    describe('before renewal', () => {
      describeSdks(({ command, refreshesIn, expiredError }) => {
        it.each(['twenty', 'twelve', 'four'] as const)(
          'identify the role of the pod, with %s minutes left',
          async (pod) => {
            const reader = await readerIn(pod, command);
            expect(await reader.whoAmI()).toBe(arnOf(pod));
            expect(await reader.catsRun()).toBeGreaterThan(0);
            if (refreshesIn.includes(pod)) await useUntilCatRuns(reader, pod, USES);
            else expect(await use(reader, pod)).toBe(0);
          },
        );

        it('expire, with the error of the SDK', async () => {
          const reader = await readerIn('expired', command);
          expect(await reader.whoAmI()).toMatch(expiredError);
        });

        it('identify the role of the pod also as static keys', async () => {
          const reader = await readerIn('four', command, 'credentials');
          expect(await reader.whoAmI()).toBe(arnOf('four'));
          expect(await reader.catsRun()).toBe(0);
        });
      });

      describeCli(() => {
        it('identify the role of the pod', async () => {
          const reader = await readerIn('four', CLI);
          expect(await reader.whoAmI()).toBe(arnOf('four'));
          expect(await reader.catsRun()).toBeGreaterThan(0);
        });

        it('expire', async () => {
          expect(await (await readerIn('expired', CLI)).whoAmI()).toMatch(BOTO3.expiredError);
        });
      });
    });

    describe('after renewal', () => {
      beforeAll(async () => {
        await refresh();
        for (const pod of PODS) await waitUntilDelivered(installation, named(pod));
        // Resets the counters.
        for (const reader of readers.values()) await (await reader).catsRun();
      });

      describeSdks(({ command, refreshesIn }) => {
        it.each<Pod>(['expired', ...refreshesIn])(
          'are read by the running process, in pod %s',
          async (pod) => {
            const reader = await readerIn(pod, command);
            await useUntilCatRuns(reader, pod, 1);
          },
        );
      });
    });

    describe('after the previous credentials expired', () => {
      beforeAll(() => installation.clock.advance(LATER_SECONDS));

      describeSdks(({ command, refreshesIn, rereadsStaticKeys }) => {
        it.each<Pod>(['expired', ...refreshesIn])(
          'still identify the role in the running process, in pod %s',
          async (pod) => {
            const reader = await readerIn(pod, command);
            // The SDK may still be processing what it read in the background.
            await waitUntil('the ARN of the role', async () =>
              (await reader.whoAmI()) === arnOf(pod) ? true : undefined,
            );
            expect(await use(reader, pod)).toBe(0);
          },
        );

        it(`${rereadsStaticKeys ? 'still identify the role' : 'expire'} as static keys`, async () => {
          const reader = await readerIn('four', command, 'credentials');
          const expected = rereadsStaticKeys ? arnOf('four') : 'ExpiredToken';
          expect(await reader.whoAmI()).toContain(expected);
        });
      });

      describeCli(() => {
        it('still identify the role', async () => {
          expect(await (await readerIn('four', CLI)).whoAmI()).toBe(arnOf('four'));
        });
      });
    });
  },
);
