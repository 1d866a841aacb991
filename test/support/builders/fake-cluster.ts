import { requestedSecretName } from '../../../contract/pod-event.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import { createBackOff } from '../../../lambda/act/back-off.ts';
import type { ActDeps, SecretApi } from '../../../lambda/act/secrets/secret-api.ts';
import { secretKey } from '../../../lambda/decide/requested-secrets.ts';
import type { ObservedAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import type { ObservedNamespace } from '../../../lambda/observe/namespaces.ts';
import type { ObserveRequest } from '../../../lambda/observe/observe-cluster.ts';
import type { ObservedPod } from '../../../lambda/observe/pods.ts';
import { aNamespace, listing, minutes, NOW } from './builders.ts';

/** A Secret in the fake cluster: its metadata and its files. */
export interface StoredSecret extends ManagedSecret {
  readonly data: Readonly<Record<string, string>>;
}

/**
 * Secrets in memory, with the preconditions of the real API and a log of the calls. Admission, RBAC and wire formats are
 * tested against servers instead.
 */
export class FakeCluster {
  readonly secrets = new Map<string, StoredSecret>();
  pods: ObservedPod[] = [];
  namespaces: ObservedNamespace[] = [aNamespace()];
  awsIamRoles: ObservedAwsIamRole[] = [];
  /** The calls in order, e.g. `create shop/aws-iam-orders`. */
  readonly log: string[] = [];
  /** Called before each call; may throw, or change the cluster. */
  before: (step: string) => void = () => {};
  now: Date = NOW;
  #versions = 100;

  put(secret: ManagedSecret, data: Record<string, string> = {}): void {
    this.secrets.set(secretKey(secret), {
      ...secret,
      data,
      resourceVersion: `${++this.#versions}`,
    });
  }

  readonly #api: SecretApi = {
    create: async (namespace, name, { annotations, labels, ownerReferences = [], data }) => {
      const key = this.#step('create', { namespace, name });
      if (this.secrets.has(key))
        throw new KubernetesApiError(409, 'AlreadyExists', `${key} exists`);
      const uid = `uid-${this.#versions}`;
      const ownerUids = ownerReferences.map((owner) => owner.uid);
      const secret = { namespace, name, uid, labels, ownerUids };
      this.put({ ...secret, annotations, resourceVersion: '' }, { ...data });
    },
    change: async (secret, { annotations, labels, data }) => {
      const stored = this.#asRead('change', secret);
      const merged = { ...stored.annotations, ...annotations };
      const kept = Object.entries(merged).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      );
      const changed = { annotations: Object.fromEntries(kept), ...(labels && { labels }) };
      this.put({ ...stored, ...changed }, { ...stored.data, ...data });
    },
    remove: async (secret) => {
      this.#asRead('remove', secret);
      this.secrets.delete(secretKey(secret));
    },
  };

  /** Dependencies of carrying out a plan on this cluster. */
  deps(overrides: Partial<ActDeps> = {}): ActDeps {
    return {
      now: () => this.now,
      refreshBeforeSeconds: 1_800,
      assumeRole: async ({ roleArn, namespace }) => {
        this.#note(`assume ${namespace} ${roleArn.split('/').at(-1)}`);
        return {
          accessKeyId: `ASIA-${namespace}`,
          secretAccessKey: 'very-secret',
          sessionToken: `token-${namespace}`,
          expiresAt: minutes(60, this.now),
        };
      },
      secretApi: async () => this.#api,
      findSecret: async (namespace, name) =>
        this.secrets.get(this.#step('find', { namespace, name })),
      listPodsOf: async (namespace) => {
        this.#note(`pods ${namespace}`);
        return listing(this.pods.filter((pod) => pod.namespace === namespace));
      },
      backOff: createBackOff(),
      ...overrides,
    };
  }

  /** Observes a request, as a pod event does. */
  readonly observeRequest: ObserveRequest = async (request) => {
    const { namespace } = request;
    const name = requestedSecretName(request);
    const pod = 'pod' in request ? request.pod : undefined;
    const key = this.#step('observe', { namespace, name });
    const found = this.secrets.get(key);
    return {
      pods: listing(this.pods.filter((one) => one.namespace === namespace && one.name === pod)),
      awsIamRoles: listing(this.awsIamRoles.filter((one) => secretKey(one) === key)),
      namespaces: listing(this.namespaces.filter((one) => one.name === namespace)),
      secrets: listing(found === undefined ? [] : [found]),
    };
  };

  #note(step: string): void {
    this.log.push(step);
    this.before(step);
  }

  #step(verb: string, secret: { namespace: string; name: string }): string {
    this.#note(`${verb} ${secretKey(secret)}`);
    return secretKey(secret);
  }

  #asRead(verb: string, secret: ManagedSecret): StoredSecret {
    const key = this.#step(verb, secret);
    const stored = this.secrets.get(key);
    if (stored === undefined) throw new KubernetesApiError(404, 'NotFound', `${key} not found`);
    if (stored.uid !== secret.uid || stored.resourceVersion !== secret.resourceVersion) {
      throw new KubernetesApiError(409, 'Conflict', `${key} has changed`);
    }
    return stored;
  }
}
