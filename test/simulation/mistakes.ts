import {
  EXPIRES_AT_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  TYPE_LABEL,
  UNUSED_SINCE_ANNOTATION,
} from '../../contract/kubernetes/secret.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { ClusterView } from '../../lambda/observe/observe-cluster.ts';
import type { Invariant } from '../invariants/facts.ts';

/** A mistake in the product that the simulation must detect. */
export interface Mistake {
  /** Completes "a product that …". */
  readonly mistake: string;
  readonly changes: readonly ModuleChange[];
  /** Where to look: random worlds from this seed on, a quarter of a day each, or the races with this interference. */
  readonly lookIn:
    | { readonly seed: number; readonly days?: number }
    | { readonly interference: string };
  /** The invariants that may be broken first; the seed decides which of them. */
  readonly detectedBy: readonly Invariant[];
}

/** Exports of one module of the product, replaced. */
export interface ModuleChange {
  /** The module, relative to this folder. */
  readonly module: string;
  /** Returns the replaced exports, given the original ones. */
  readonly replace: (original: object) => object;
}

/**
 * Replaces exports of a module. The module is given twice, as a type and as a path: a renamed export is a type error here,
 * and a moved module is one that nobody imports, so that the mistake is not detected and its test fails.
 */
export function change<M extends object>(
  module: string,
  replace: (original: M) => Partial<M>,
): ModuleChange {
  return { module, replace: replace as ModuleChange['replace'] };
}

type PlanSweep = typeof import('../../lambda/decide/plan-sweep.ts');
type PlanSecret = typeof import('../../lambda/decide/plan-secret.ts');
type SecretState = typeof import('../../lambda/decide/secret-state.ts');
type SecretOwnership = typeof import('../../lambda/decide/secret-ownership.ts');
type SecretApi = typeof import('../../lambda/act/secrets/typed-secret-api.ts');

/** Each seed shows the mistake at once, to be quick. If worlds change, the next seeds are tried too. */
export const MISTAKES: readonly Mistake[] = [
  {
    mistake: 'removes an unused Secret without waiting for the grace period',
    changes: [
      change<SecretState>('../../lambda/decide/secret-state.ts', ({ unusedSince }) => ({
        unusedSince: (secret, now) => unusedSince(secret, now) && new Date(0),
      })),
    ],
    lookIn: { seed: 4 },
    detectedBy: ['removed-early'],
  },
  {
    mistake: 'renews two minutes before the expiry',
    changes: [
      change<SecretState>('../../lambda/decide/secret-state.ts', () => ({
        renewalDueAt: (_, expiresAt) => new Date(expiresAt.getTime() - 120_000),
      })),
    ],
    lookIn: { seed: 6 },
    detectedBy: ['in-use-expired'],
  },
  {
    mistake: 'issues one session to two namespaces',
    changes: [
      change<typeof import('../../lambda/act/sessions/assume-role.ts')>(
        '../../lambda/act/sessions/assume-role.ts',
        () => ({
          shareSessions(assumeRole) {
            const sessions = new Map<string, ReturnType<typeof assumeRole>>();
            return (request, signal) => {
              const session = sessions.get(request.roleArn) ?? assumeRole(request, signal);
              sessions.set(request.roleArn, session);
              return session;
            };
          },
        }),
      ),
    ],
    lookIn: { seed: 6 },
    detectedBy: ['wrong-session'],
  },
  {
    mistake: 'treats the pages before a failed one as the whole list',
    changes: [
      change<typeof import('../../kubernetes/lists/read-listing.ts')>(
        '../../kubernetes/lists/read-listing.ts',
        ({ listPages }) => ({
          async listPages(connection, request) {
            const { items, seen } = await listPages(connection, request);
            return { items, seen };
          },
        }),
      ),
    ],
    lookIn: { seed: 6 },
    detectedBy: ['in-use-marked', 'in-use-deleted'],
  },
  {
    mistake: 'renews what is no longer allowed',
    changes: [
      change<PlanSecret>('../../lambda/decide/plan-secret.ts', ({ planExisting }) => ({
        planExisting: (context, ...rest) => planExisting({ ...context, authorize: allow }, ...rest),
      })),
    ],
    lookIn: { seed: 4 },
    detectedBy: ['not-allowed'],
  },
  {
    mistake: 'issues credentials of a denied role',
    changes: [
      change<typeof import('../../lambda/decide/guard.ts')>(
        '../../lambda/decide/guard.ts',
        ({ createGuard }) => ({
          createGuard: (policy, namespaces) =>
            createGuard({ ...policy, deniedRoles: [] }, namespaces),
        }),
      ),
    ],
    lookIn: { seed: 4 },
    detectedBy: ['not-allowed'],
  },
  {
    mistake: 'sweeps with an incomplete list of pods',
    changes: [
      change<PlanSweep>('../../lambda/decide/plan-sweep.ts', ({ planSweep }) => ({
        planSweep(context, view, isConfirmed) {
          const { items, seen } = view.pods;
          return planSweep(context, { ...view, pods: { items, seen } }, isConfirmed);
        },
      })),
    ],
    lookIn: { seed: 6 },
    detectedBy: ['in-use-marked'],
  },
  {
    mistake: 'sweeps with pending pods only',
    changes: [
      change<typeof import('../../lambda/observe/pods.ts')>(
        '../../lambda/observe/pods.ts',
        ({ listPods }) => ({
          listPods: (connection, input) => listPods(connection, { ...input, phase: 'pending' }),
        }),
      ),
    ],
    lookIn: { seed: 4 },
    detectedBy: ['in-use-marked'],
  },
  {
    mistake: 'continues a removal although a pod requests the Secret again',
    changes: [
      change<PlanSweep>('../../lambda/decide/plan-sweep.ts', ({ planSweep }) => ({
        planSweep: (context, view, isConfirmed) =>
          planSweep(context, withoutRequestsOfMarked(view), isConfirmed),
      })),
      change<typeof import('../../lambda/act/secrets/remove-secret.ts')>(
        '../../lambda/act/secrets/remove-secret.ts',
        ({ removeSecret }) => ({
          removeSecret: (deps, item, _, signal) =>
            removeSecret(deps, item, async () => ({ items: [], seen: 0 }), signal),
        }),
      ),
    ],
    lookIn: { seed: 4 },
    detectedBy: ['in-use-deleted'],
  },
  {
    mistake: 'leaves the unused mark on a Secret that is requested again',
    changes: [
      change<PlanSecret>('../../lambda/decide/plan-secret.ts', ({ planExisting }) => ({
        planExisting(context, secret, ...rest) {
          const { [UNUSED_SINCE_ANNOTATION]: _, ...annotations } = secret.annotations;
          return planExisting(context, { ...secret, annotations }, ...rest);
        },
      })),
    ],
    lookIn: { seed: 4 },
    detectedBy: ['wrong-end-state'],
  },
  {
    mistake: 'believes any expiry that an annotation claims',
    changes: [
      change<SecretState>('../../lambda/decide/secret-state.ts', ({ heldCredentials }) => ({
        heldCredentials: (secret, subject, fingerprint) =>
          heldCredentials(secret, subject, fingerprint, new Date('9999-12-31T23:59:59Z')),
      })),
    ],
    lookIn: { seed: 18, days: 0.5 },
    detectedBy: ['in-use-expired'],
  },
  {
    mistake: 'takes a Secret of another owner for its own',
    changes: [
      change<SecretOwnership>('../../lambda/decide/secret-ownership.ts', ({ ownershipOf }) => ({
        ownershipOf(secret) {
          const { [TYPE_LABEL]: _, ...labels } = secret.labels;
          return ownershipOf({ ...secret, labels, owners: [] });
        },
      })),
    ],
    lookIn: { seed: 4 },
    detectedBy: ['foreign-changed', 'wrong-session'],
  },
  {
    mistake: 'leaves a Secret alone that lost its owner',
    changes: [
      change<SecretOwnership>('../../lambda/decide/secret-ownership.ts', () => ({
        isAdoptable: () => false,
      })),
    ],
    lookIn: { seed: 8, days: 0.5 },
    detectedBy: ['in-use-expired', 'not-issued'],
  },
  {
    mistake: 'takes a Secret that lost its owner for one of pods',
    changes: [
      change<SecretOwnership>('../../lambda/decide/secret-ownership.ts', ({ ownershipOf }) => ({
        ownershipOf(secret) {
          const { [TYPE_LABEL]: _, ...labels } = secret.labels;
          return ownershipOf({ ...secret, labels });
        },
      })),
    ],
    lookIn: { seed: 2, days: 0.5 },
    detectedBy: ['wrong-session'],
  },
  {
    mistake: 'renews no Secret that a finalizer keeps',
    changes: [
      change<PlanSecret>('../../lambda/decide/plan-secret.ts', ({ planExisting }) => ({
        planExisting(context, secret, ...rest) {
          const item = planExisting(context, secret, ...rest);
          return item.action === 'renew' && secret.deletion !== undefined
            ? { ...item, action: 'keep' }
            : item;
        },
      })),
    ],
    lookIn: { seed: 2, days: 0.5 },
    detectedBy: ['in-use-expired'],
  },
  {
    mistake: 'ignores changes of an AWSIAMRole',
    changes: [
      change<typeof import('../../lambda/decide/plan-awsiamrole.ts')>(
        '../../lambda/decide/plan-awsiamrole.ts',
        ({ planAwsIamRole }) => ({
          planAwsIamRole(context, awsIamRole, existing) {
            const { secret } = existing;
            return planAwsIamRole(context, awsIamRole, existing).map((item) => {
              const isCurrent = secret !== undefined && item.expiresAt !== undefined;
              return item.action === 'renew' && isCurrent
                ? { ...item, action: 'keep', secret }
                : item;
            });
          },
        }),
      ),
    ],
    lookIn: { interference: 'another refresh starts' },
    detectedBy: ['not-issued'],
  },
  {
    mistake: 'never retries a role that was denied once',
    changes: [
      change<typeof import('../../lambda/act/back-off.ts')>(
        '../../lambda/act/back-off.ts',
        ({ createBackOff }) => ({
          createBackOff() {
            const backOff = createBackOff();
            return { ...backOff, lastFailure: (key) => backOff.lastFailure(key, [], new Date(0)) };
          },
        }),
      ),
    ],
    lookIn: { seed: 11 },
    detectedBy: ['in-use-expired', 'not-issued'],
  },
  {
    mistake: 'writes a Secret without its expiry',
    changes: [
      change<typeof import('../../lambda/act/secrets/render-secret.ts')>(
        '../../lambda/act/secrets/render-secret.ts',
        ({ renderSecret }) => ({
          renderSecret(...input) {
            const content = renderSecret(...input);
            const { [EXPIRES_AT_ANNOTATION]: _, ...annotations } = content.annotations;
            return { ...content, annotations };
          },
        }),
      ),
    ],
    lookIn: { seed: 4 },
    detectedBy: ['wrong-session'],
  },
  {
    mistake: 'removes any Secret that has the name',
    changes: [changeWrites('DELETE', ({ preconditions: _, ...body }) => body)],
    lookIn: {
      interference: 'a tenant replaces the Secret to remove',
    },
    detectedBy: ['foreign-changed'],
  },
  {
    mistake: 'removes a Secret that changed after it was read',
    changes: [
      changeWrites('DELETE', (body) => {
        const { uid } = body['preconditions'] as { readonly uid: string };
        return { ...body, preconditions: { uid } };
      }),
    ],
    lookIn: { interference: 'a tenant removes the label of the Secret to remove' },
    detectedBy: ['foreign-changed'],
  },
  {
    mistake: 'renews any Secret that has the name',
    changes: [
      changeWrites('PATCH', (body) => {
        const { uid: _, resourceVersion: __, ...metadata } = body['metadata'] as Body;
        return { ...body, metadata };
      }),
    ],
    lookIn: { interference: 'a tenant replaces a Secret that is due for renewal' },
    detectedBy: ['foreign-changed'],
  },
  {
    mistake: 'overwrites a Secret that has the name of a missing one',
    changes: [
      change<typeof import('../../lambda/act/secrets/issue-credentials.ts')>(
        '../../lambda/act/secrets/issue-credentials.ts',
        ({ issueCredentials }) => ({
          issueCredentials: (deps, item, signal) =>
            issueCredentials(
              {
                ...deps,
                async findSecret(...place) {
                  const secret = await deps.findSecret(...place);
                  const labels = { ...secret?.labels, [HERITAGE_LABEL]: HERITAGE_VALUE };
                  return secret && { ...secret, labels };
                },
              },
              item,
              signal,
            ),
        }),
      ),
    ],
    lookIn: { interference: 'a tenant creates the Secret first' },
    detectedBy: ['foreign-changed'],
  },
];

type Body = Readonly<Record<string, unknown>>;

/** Changes the body of the writes of one kind. */
function changeWrites(method: 'DELETE' | 'PATCH', changeBody: (body: Body) => Body): ModuleChange {
  return change<SecretApi>(
    '../../lambda/act/secrets/typed-secret-api.ts',
    ({ createSecretApi }) => ({
      createSecretApi(connection: KubernetesConnection) {
        return createSecretApi({
          send(request) {
            if (request.method !== method || request.body === undefined) {
              return connection.send(request);
            }
            const body = JSON.stringify(changeBody(JSON.parse(request.body)));
            return connection.send({ ...request, body });
          },
        });
      },
    }),
  );
}

/** A guard that allows everything. */
function allow(_: string, roleArn: string) {
  return { kind: 'allowed', roleArn, isTerminating: false } as const;
}

/** A view in which no pod requests a marked Secret. */
function withoutRequestsOfMarked(view: ClusterView): ClusterView {
  const marked = new Set(
    view.secrets.items
      .filter(({ annotations }) => annotations[UNUSED_SINCE_ANNOTATION] !== undefined)
      .map(({ namespace, name }) => `${namespace}/${name}`),
  );
  const items = view.pods.items.map((pod) => ({
    ...pod,
    secretNames: pod.secretNames.filter((name) => !marked.has(`${pod.namespace}/${name}`)),
  }));
  return { ...view, pods: { ...view.pods, items } };
}
