import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CONFIG_PATH,
  CONFIG_VOLUME,
  INJECTED_VOLUME,
} from '../../../contract/kubernetes/injection.ts';
import { MOUNT_PATH, SECRET_KEYS } from '../../../contract/kubernetes/secret.ts';
import { ACCOUNT, type Installation } from '../../../local/installation/installation.ts';
import { type PodName, waitUntilRunning } from '../../../local/installation/pods.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { type Reader, type ReaderCommand, startReader } from './read-as-container.ts';

const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/rotating`;
const SERVICE = 'ec2.amazonaws.com';
/** Until the credentials in the files expire. Every SDK reads the files again by then. */
const LIFETIME_SECONDS = 8;

/**
 * A pod with the volumes of an injected pod, whose Secret the test writes: with sessions that last seconds according to the
 * files, and hours according to STS. A request succeeds with each of them, and its session name shows which one was used.
 */
export class RotatingPod {
  readonly #readers = new Map<string, Promise<Reader>>();
  readonly #installation: Installation;
  readonly #pod: PodName;
  readonly #folder: string;

  private constructor(installation: Installation, pod: PodName, uid: string) {
    this.#installation = installation;
    this.#pod = pod;
    this.#folder = join(installation.cluster.podVolumesPath(uid), 'kubernetes.io~secret');
  }

  static async create(installation: Installation, pod: PodName): Promise<RotatingPod> {
    const { admin, cloud } = installation;
    const { namespace, name } = pod;
    cloud.sts.addRole({
      arn: ROLE_ARN,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: SERVICE },
          Action: 'sts:AssumeRole',
        },
      },
    });
    const stringData = filesFor(issueSession(installation, 'none'));
    await admin.createNamespacedSecret({ namespace, body: { metadata: { name }, stringData } });
    const items = [{ key: SECRET_KEYS.process, path: SECRET_KEYS.process }];
    const volumes = [
      { name: INJECTED_VOLUME, secret: { secretName: name } },
      { name: CONFIG_VOLUME, secret: { secretName: name, items } },
    ];
    const volumeMounts = [
      { name: INJECTED_VOLUME, mountPath: MOUNT_PATH },
      { name: CONFIG_VOLUME, mountPath: CONFIG_PATH },
    ];
    const containers = [{ name: 'app', image: 'app', volumeMounts }];
    const { metadata } = await admin.createNamespacedPod({
      namespace,
      body: { metadata: { name }, spec: { containers, volumes, terminationGracePeriodSeconds: 0 } },
    });
    await waitUntilRunning(installation, pod);
    return new RotatingPod(installation, pod, metadata?.uid ?? '');
  }

  /** Writes credentials of a new session to the Secret, and waits for the kubelet. */
  async issue(session: string): Promise<void> {
    const { admin, cluster } = this.#installation;
    const { namespace, name } = this.#pod;
    const files = filesFor(issueSession(this.#installation, session));
    const config = await readlink(join(this.#folder, CONFIG_VOLUME, '..data'));
    await admin.replaceNamespacedSecret({
      namespace,
      name,
      body: { metadata: { name }, stringData: files },
    });
    await cluster.syncVolumes(namespace, name);
    const file = join(this.#folder, INJECTED_VOLUME, SECRET_KEYS.json);
    await waitUntil('new files in the pod', async () =>
      (await readFile(file, 'utf8')) === files[SECRET_KEYS.json] ? true : undefined,
    );
    if ((await readlink(join(this.#folder, CONFIG_VOLUME, '..data'))) !== config)
      throw new Error('the kubelet replaced the file in the second volume');
  }

  /**
   * Issues a session, and uses it in processes that run since the first call. Waits until each of them uses it, at the latest
   * when the one before expires. On a slow machine, the credentials can expire before they are read; then it issues others.
   */
  async rotate(session: string, commands: readonly ReaderCommand[]): Promise<void> {
    const pending = new Map<ReaderCommand, string>(commands.map((command) => [command, '']));
    let expiresAt = 0;
    const allUse = async () => {
      if (Date.now() >= expiresAt) {
        await this.issue(session);
        expiresAt = Date.now() + LIFETIME_SECONDS * 1_000;
      }
      for (const command of pending.keys()) {
        const answer = await (await this.reader(command)).whoAmI();
        if (answer.endsWith(`/${session}`)) pending.delete(command);
        else pending.set(command, answer);
      }
      return pending.size === 0 || undefined;
    };
    const what = `all processes to use the ${session} session`;
    await waitUntil(what, allUse, { intervalMs: 300 }).catch((cause) => {
      throw new Error(`not all processes: ${JSON.stringify([...pending])}`, { cause });
    });
  }

  /** Returns the process of a reader, which is started once for each folder with its configuration. */
  reader(command: ReaderCommand, configPath: string = CONFIG_PATH): Promise<Reader> {
    const key = [configPath, ...command].join();
    const reader =
      this.#readers.get(key) ??
      startReader(command, {
        volumes: {
          [MOUNT_PATH]: join(this.#folder, INJECTED_VOLUME),
          [CONFIG_PATH]: join(this.#folder, CONFIG_VOLUME),
        },
        file: `${configPath}/${SECRET_KEYS.process}`,
        stsUrl: this.#installation.cloud.sts.url,
      });
    this.#readers.set(key, reader);
    return reader;
  }

  async stop(): Promise<void> {
    for (const reader of this.#readers.values()) await (await reader).stop();
  }
}

function issueSession({ cloud }: Installation, name: string) {
  return cloud.sts.issueServiceSession(ROLE_ARN, SERVICE, name).credentials;
}

/** The files that `credentials.process` needs. */
function filesFor(credentials: ReturnType<typeof issueSession>): Record<string, string> {
  return {
    [SECRET_KEYS.process]: `[default]\ncredential_process = cat ${MOUNT_PATH}/${SECRET_KEYS.json}\n`,
    [SECRET_KEYS.json]: JSON.stringify({
      Version: 1,
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: new Date(Date.now() + LIFETIME_SECONDS * 1_000).toISOString(),
    }),
  };
}
