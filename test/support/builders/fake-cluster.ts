import { requestedSecretName } from '../../../contract/pod-event.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import { createBackOff } from '../../../lambda/act/back-off.ts';
import { createCreationHistory } from '../../../lambda/act/creation-history.ts';
import type { ActDeps, SecretApi } from '../../../lambda/act/secrets/secret-api.ts';
import { secretKey } from '../../../lambda/decide/requested-secrets.ts';
import type { ObservedAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import type { ObservedNamespace } from '../../../lambda/observe/namespaces.ts';
import type { ObserveRequest } from '../../../lambda/observe/observe-cluster.ts';
import type { ObservedPod } from '../../../lambda/observe/pods.ts';
import type { PassDeps } from '../../../lambda/run-pass.ts';
import { aNamespace, aPolicy, listing, minutes, NOW, SESSION_CONFIG } from './builders.ts';

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
  /** The Secrets with `immutable: true`, and those with finalizers, by `<namespace>/<name>`. */
  readonly immutable = new Set<string>();
  readonly finalizers = new Map<string, readonly string[]>();
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
    create: async (
      namespace,
      name,
      { annotations, labels, ownerReferences: owners = [], data },
    ) => {
      const key = this.#step('create', { namespace, name });
      if (this.secrets.has(key))
        throw new KubernetesApiError(409, 'AlreadyExists', `${key} exists`);
      const uid = `uid-${this.#versions}`;
      const secret = { namespace, name, uid, labels, owners };
      this.put({ ...secret, annotations, resourceVersion: '' }, { ...data });
    },
    change: async (secret, { annotations, labels = {}, ownerReferences, data }) => {
      const stored = this.#asRead('change', secret);
      if (data !== undefined && this.immutable.has(secretKey(secret))) throw immutableError();
      const changed = {
        annotations: merge(stored.annotations, annotations),
        labels: merge(stored.labels, labels),
        ...(ownerReferences && { owners: ownerReferences }),
      };
      this.put({ ...stored, ...changed }, { ...stored.data, ...data });
    },
    remove: async (secret) => {
      const stored = this.#asRead('remove', secret);
      const finalizers = this.finalizers.get(secretKey(secret));
      if (finalizers === undefined) this.secrets.delete(secretKey(secret));
      else this.put({ ...stored, deletion: { since: this.now, finalizers } }, { ...stored.data });
    },
  };

  /** Dependencies of carrying out a plan on this cluster. */
  deps(overrides: Partial<ActDeps> = {}): ActDeps & Pick<PassDeps, 'policy' | 'lookUpSecret'> {
    return {
      ...SESSION_CONFIG,
      now: () => this.now,
      refreshBeforeSeconds: 1_800,
      secretMetadata: { labels: {}, annotations: {} },
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
      creations: createCreationHistory(),
      ...overrides,
      lookUpSecret: async (secret) => {
        const found = this.secrets.get(this.#step('look up', secret));
        return listing(found === undefined ? [] : [found]);
      },
      policy: aPolicy(),
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

/** Applies a JSON merge patch of labels or annotations. */
function merge(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const merged = Object.entries({ ...before, ...changes });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}

function immutableError(): KubernetesApiError {
  const message = 'data: Forbidden: field is immutable when `immutable` is set';
  return new KubernetesApiError(422, 'Invalid', message);
}
