import { readFileSync } from 'node:fs';
import { copyFile, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAllYaml, type V1ConfigMap } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIG_PATH } from '../../contract/kubernetes/injection.ts';
import { MOUNT_PATH, SECRET_KEYS } from '../../contract/kubernetes/secret.ts';
import { ACCOUNT, CLUSTER_NAME, type Installation } from '../../local/installation/installation.ts';
import { createPod, type PodName, waitUntilRunning } from '../../local/installation/pods.ts';
import { addTrustingRole } from '../../local/installation/trusting-role.ts';
import { volumeFolder, waitUntilDelivered } from '../../local/installation/volumes.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { CONTROL_PLANE, HELM, type Requirement, requires } from '../support/requirements.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createNamespace, INSTALLATION_TIMEOUT_MS, installProduct } from './installed-product.ts';
import { containerRootsWork, type Reader, startReader } from './readers/read-as-container.ts';
import { RotatingPod } from './readers/rotating-pod.ts';
import {
  AWS_CLI,
  BOTO3,
  MINUTES_LEFT,
  PHP_PER_REQUEST,
  type Pod,
  SDKS,
  type Sdk,
} from './readers/sdks.ts';

const namespace = 'shop';
const REFRESH = 'kube-aws-iam-demo-refresh';
/** Number of requests for which `cat` runs are counted. */
const USES = 3;
/** Longer than the remaining validity in pod `four`, and less than the clock skew that STS tolerates. */
const LATER_SECONDS = 4.5 * 60;
/** In the order of expiry, which is the order of creation. */
const PODS = ['expired', 'four', 'twelve', 'twenty'] as const;
/** The sessions that a running process has to follow. */
const ROTATIONS = ['first', 'second', 'third'];

const MOUNTS: Requirement = {
  missing: 'mounts of its own for a process',
  remedy: 'run the tests as root, on Linux with `unshare`',
  isMet: containerRootsWork,
};

const describeCli = (suite: () => void) =>
  describe('the AWS CLI', requires(AWS_CLI.requirement), suite);
const describeSdks = (suite: (sdk: Sdk) => void) => {
  for (const sdk of SDKS) {
    const { name, requirement } = sdk;
    describe(name, requirement === undefined ? {} : requires(requirement), () => suite(sdk));
  }
};

/** Returns a folder with the file of a volume that makes SDKs run `cat`, as a volume that no renewal changes. */
async function fixedConfig(mounted: string): Promise<string> {
  const folder = temporaryFolder();
  await copyFile(join(mounted, SECRET_KEYS.process), join(folder, SECRET_KEYS.process));
  return folder;
}

const DOCUMENTATION = join(import.meta.dirname, '../../docs/sdk-configuration.md');

/** Returns the file with several profiles in docs/sdk-configuration.md. */
function documentedProfiles(): string {
  const manifests = [
    ...readFileSync(DOCUMENTATION, 'utf8').matchAll(/```yaml\n(.*?)```/gs),
  ].flatMap(([, yaml = '']) => loadAllYaml(yaml) as V1ConfigMap[]);
  const profiles = manifests.find(({ kind }) => kind === 'ConfigMap')?.data?.['credentials'];
  if (profiles === undefined) throw new Error(`${DOCUMENTATION} has no ConfigMap with profiles`);
  return profiles;
}

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
      { command, needsFixedConfig = false }: Pick<Sdk, 'command' | 'needsFixedConfig'>,
      file: 'credentials' | 'credentials.process' = 'credentials.process',
    ): Promise<Reader> {
      const key = [pod, file, ...command].join();
      const start = async () => {
        const mounted = await volumeFolder(installation, named(pod));
        const isFixed = needsFixedConfig && file === SECRET_KEYS.process;
        return startReader(command, {
          volumes: { [MOUNT_PATH]: mounted, [CONFIG_PATH]: await fixedConfig(mounted) },
          file: `${isFixed ? CONFIG_PATH : MOUNT_PATH}/${file}`,
          stsUrl: installation.cloud.sts.url,
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
      describeSdks((sdk) => {
        const { refreshesIn, expiredError } = sdk;
        it.each(['twenty', 'twelve', 'four'] as const)(
          'identify the role of the pod, with %s minutes left',
          async (pod) => {
            const reader = await readerIn(pod, sdk);
            expect(await reader.whoAmI()).toBe(arnOf(pod));
            expect(await reader.catsRun()).toBeGreaterThan(0);
            if (refreshesIn.includes(pod)) await useUntilCatRuns(reader, pod, USES);
            else expect(await use(reader, pod)).toBe(0);
          },
        );

        it('expire, with the error of the SDK', async () => {
          const reader = await readerIn('expired', sdk);
          expect(await reader.whoAmI()).toMatch(expiredError);
        });

        it('identify the role of the pod also as static keys', async () => {
          const reader = await readerIn('four', sdk, 'credentials');
          expect(await reader.whoAmI()).toBe(arnOf('four'));
          expect(await reader.catsRun()).toBe(0);
        });
      });

      describeCli(() => {
        it('identify the role of the pod', async () => {
          const reader = await readerIn('four', AWS_CLI);
          expect(await reader.whoAmI()).toBe(arnOf('four'));
          expect(await reader.catsRun()).toBeGreaterThan(0);
        });

        it('expire', async () => {
          expect(await (await readerIn('expired', AWS_CLI)).whoAmI()).toMatch(BOTO3.expiredError);
        });
      });
    });

    describe('of two roles, as profiles of a file that a ConfigMap holds', () => {
      const ROLES = { default: 'twenty', billing: 'twelve' } as const;
      const started: Reader[] = [];
      const volumes: Record<string, string> = {};

      // The file and the paths of the documentation.
      beforeAll(async () => {
        volumes['/etc/aws'] = temporaryFolder();
        volumes[MOUNT_PATH] = await volumeFolder(installation, named(ROLES.default));
        volumes['/meta/billing'] = await volumeFolder(installation, named(ROLES.billing));
        await writeFile(join(volumes['/etc/aws'], 'credentials'), documentedProfiles());
      });
      afterAll(async () => {
        for (const reader of started) await reader.stop();
      });

      describeSdks(({ command }) => {
        it.each(Object.entries(ROLES))('identify the role of profile %s', async (profile, pod) => {
          const reader = await startReader(command, {
            volumes,
            file: '/etc/aws/credentials',
            ...(profile === 'default' ? {} : { profile }),
            stsUrl: installation.cloud.sts.url,
          });
          started.push(reader);
          expect(await reader.whoAmI()).toBe(arnOf(pod));
        });
      });
    });

    describe('of an optional Secret that is created later', () => {
      describeSdks(({ command, findsLateFiles = false }) => {
        const title = findsLateFiles ? 'are found' : 'are not found';
        it(`${title} by a process that started without them`, async () => {
          const folder = temporaryFolder();
          const reader = await startReader(command, {
            volumes: { [MOUNT_PATH]: folder },
            file: `${MOUNT_PATH}/${SECRET_KEYS.process}`,
            stsUrl: installation.cloud.sts.url,
          });
          try {
            expect(await reader.whoAmI()).not.toContain(arnOf('twenty'));
            const files = await volumeFolder(installation, named('twenty'));
            await cp(files, folder, { recursive: true, dereference: true });
            expect((await reader.whoAmI()) === arnOf('twenty')).toBe(findsLateFiles);
          } finally {
            await reader.stop();
          }
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

      describeSdks((sdk) => {
        const { refreshesIn } = sdk;
        it.each<Pod>(['expired', ...refreshesIn])(
          'are read by the running process, in pod %s',
          async (pod) => {
            const reader = await readerIn(pod, sdk);
            await useUntilCatRuns(reader, pod, 1);
          },
        );
      });
    });

    describe('renewed several times while a process runs', () => {
      let pod: RotatingPod;
      beforeAll(async () => {
        pod = await RotatingPod.create(installation, { namespace, name: 'rotating' });
      }, INSTALLATION_TIMEOUT_MS);
      afterAll(() => pod.stop());

      // All processes read the same files, so that they wait for the expiry of a session together.
      it('are followed by every SDK', async () => {
        const available = SDKS.filter(
          ({ requirement }) => requirement === undefined || requirement.isMet(),
        );
        for (const session of ROTATIONS) {
          await pod.rotate(
            session,
            available.map(({ command }) => command),
          );
        }
      });

      describe(
        'in a process with a client for each request',
        requires(PHP_PER_REQUEST.requirement),
        () => {
          const { command } = PHP_PER_REQUEST;
          it('are followed by the SDK for PHP, if its configuration is in a volume that is not renewed', async () => {
            for (const session of ROTATIONS) await pod.rotate(session, [command]);
          });

          it('are lost by the SDK for PHP, if its configuration is among them', async () => {
            const reader = await pod.reader(command, MOUNT_PATH);
            await pod.issue('first');
            expect(await reader.whoAmI()).toMatch(/\/first$/);
            await pod.issue('second');
            expect(await reader.whoAmI()).toMatch(/CredentialsException/);
          });
        },
      );
    });

    describe('after the previous credentials expired', () => {
      beforeAll(() => installation.clock.advance(LATER_SECONDS));

      describeSdks((sdk) => {
        const { refreshesIn, rereadsStaticKeys } = sdk;
        it.each<Pod>(['expired', ...refreshesIn])(
          'still identify the role in the running process, in pod %s',
          async (pod) => {
            const reader = await readerIn(pod, sdk);
            // The SDK may still be processing what it read in the background.
            await waitUntil('the ARN of the role', async () =>
              (await reader.whoAmI()) === arnOf(pod) ? true : undefined,
            );
            expect(await use(reader, pod)).toBe(0);
          },
        );

        it(`${rereadsStaticKeys ? 'still identify the role' : 'expire'} as static keys`, async () => {
          const reader = await readerIn('four', sdk, 'credentials');
          const expected = rereadsStaticKeys ? arnOf('four') : 'ExpiredToken';
          expect(await reader.whoAmI()).toContain(expected);
        });
      });

      describeCli(() => {
        it('still identify the role', async () => {
          expect(await (await readerIn('four', AWS_CLI)).whoAmI()).toBe(arnOf('four'));
        });
      });
    });
  },
);
