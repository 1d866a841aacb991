import { BUDGET } from '../../../contract/budgets.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import {
  AssumeRoleError,
  type AssumeRoleFailure,
} from '../../../lambda/act/sessions/assume-role-error.ts';
import type { IgnoredMount } from '../../../lambda/decide/requested-secrets.ts';
import {
  aNamespace,
  anAwsIamRole,
  anOwner,
  aPod,
  aSecret,
  BASE_ROLE_ARN,
  iso,
  minutes,
  ofAwsIamRole,
} from '../../support/builders/builders.ts';
import { EXPIRY_MINUTES, type ReasonWorld } from './reason-world.ts';

/** Every reason in the code for which somebody may lack credentials. */
export type Reason =
  | Extract<ItemOutcome, { readonly reason: string }>['reason']
  | IgnoredMount['reason'];

/** Makes a reason occur. */
type Provoke = (world: ReasonWorld) => void;

/** A requirement that does not apply, and why. */
type Exempt = { readonly [requirement in 'told' | 'alarm']?: string };

/** How a reason occurs for one kind of requester, or why it cannot. */
type Story = string | Provoke | { readonly provoke: Provoke; readonly except: Exempt };

export interface ReasonStories {
  /** For a pod that has been running for an hour. */
  readonly pod: Story;
  readonly awsIamRole: Story;
}

const NAME = 'aws-iam-orders';
const RESOURCE = 'reports';
const EXPIRY = minutes(EXPIRY_MINUTES);

const all =
  (...steps: readonly Provoke[]): Provoke =>
  (world) => {
    for (const step of steps) step(world);
  };

/** A pod that has been running for an hour, and mounts Secrets. */
const aRunningPod = (name: string, mounted: readonly string[]) => ({
  ...aPod(name, mounted),
  createdAt: minutes(-60),
});

const mounts =
  (...names: readonly string[]): Provoke =>
  ({ cluster }) => {
    cluster.pods = [aRunningPod('web', names)];
  };

/** A running pod whose Secret somebody has deleted, or that mounts it as optional. */
const withoutSecret = mounts(NAME);

/** A running pod and its Secret, whose credentials expire at the end of the story. */
const running = all(withoutSecret, ({ cluster }) => cluster.put(aSecret(NAME, {}, EXPIRY)));

/** An AWSIAMRole and its Secret. */
const owned: Provoke = ({ cluster }) => {
  const resource = anAwsIamRole(RESOURCE);
  cluster.awsIamRoles = [resource];
  cluster.put(aSecret(RESOURCE, ofAwsIamRole(resource), EXPIRY));
};

const withoutOwned: Provoke = ({ cluster }) => {
  cluster.awsIamRoles = [anAwsIamRole(RESOURCE)];
};

/** The same for both: the state, and what changes. */
const both = (change: Provoke): ReasonStories => ({
  pod: all(running, change),
  awsIamRole: all(owned, change),
});

const annotated =
  (annotations: Record<string, string>): Provoke =>
  ({ cluster }) => {
    cluster.namespaces = [aNamespace('shop', annotations)];
  };

const stsFails = (reason: AssumeRoleFailure): ReasonStories => both(sessionsFail(reason));

/** The API rejects changes of Secrets. */
const writesFail = (status: number, reason: string, message: string): ReasonStories =>
  both(({ cluster }) => {
    cluster.before = (step) => {
      if (step.startsWith('change ')) throw new KubernetesApiError(status, reason, message);
    };
  });

const NO_RESOURCE = 'an AWSIAMRole requests one Secret, by its own name';
const KEEPS = 'the Secret is not removed, so nobody lacks credentials';
const NOBODY_LACKS_IT = { pod: KEEPS, awsIamRole: KEEPS };
const HAS_ITS_OWN = 'the pod runs with the Secret that it wants';

/** All reasons. A new one does not compile until it has a story. */
export const REASON_STORIES = {
  'role-denied': both((world) => {
    world.policy = { ...world.policy, deniedRoles: [`${BASE_ROLE_ARN}*`] };
  }),
  'role-not-assumable': both((world) => {
    world.policy = { ...world.policy, assumableRoles: [`${BASE_ROLE_ARN}other`] };
  }),
  'namespace-not-annotated': both(annotated({})),
  'namespace-annotation-malformed': both(annotated({ 'iam.amazonaws.com/allowed-roles': '[' })),
  'namespace-does-not-allow': both(annotated({ 'iam.amazonaws.com/allowed-roles': '["other"]' })),
  'namespace-terminating': {
    pod: {
      provoke: all(withoutSecret, ({ cluster }) => {
        cluster.namespaces = [{ ...aNamespace(), terminating: true }];
      }),
      except: { told: 'no Event can be created in a namespace that is being deleted' },
    },
    // Its status can still be written.
    awsIamRole: all(withoutOwned, ({ cluster }) => {
      cluster.namespaces = [{ ...aNamespace(), terminating: true }];
    }),
  },
  'name-taken': {
    pod: all(withoutSecret, (world) => {
      world.hidesUnmanaged = true;
      world.cluster.put(aSecret(NAME, { labels: {} }));
    }),
    awsIamRole: all(withoutOwned, ({ cluster }) => cluster.put(aSecret(RESOURCE, { labels: {} }))),
  },
  'role-reference-malformed': {
    pod: 'the name of a Secret is always that of a role',
    awsIamRole: all(owned, ({ cluster }) => {
      cluster.awsIamRoles = [anAwsIamRole(RESOURCE, { roleReference: 'not a role' })];
    }),
  },
  'owned-by-another': {
    pod: all(running, ({ cluster }) => cluster.put(aSecret(NAME, { owners: [anOwner()] }, EXPIRY))),
    awsIamRole: all(owned, ({ cluster }) =>
      cluster.put(aSecret(RESOURCE, { owners: [anOwner()] }, EXPIRY)),
    ),
  },
  'secret-of-earlier-resource': {
    pod: 'without an AWSIAMRole of the name, it is awsiamrole-missing',
    awsIamRole: all(withoutOwned, ({ cluster }) => {
      const earlier = { uid: 'uid-of-earlier', name: RESOURCE };
      cluster.put(aSecret(RESOURCE, ofAwsIamRole(earlier), EXPIRY));
    }),
  },
  'awsiamrole-missing': {
    pod: all(withoutSecret, ({ cluster }) => {
      const gone = { uid: 'uid-of-gone', name: NAME };
      cluster.put(aSecret(NAME, ofAwsIamRole(gone), EXPIRY));
    }),
    awsIamRole: 'it exists',
  },
  'awsiamrole-terminating': {
    pod: all(withoutSecret, terminating(NAME)),
    awsIamRole: all(owned, terminating(RESOURCE)),
  },
  'namespace-full': { pod: all(withoutSecret, full), awsIamRole: all(withoutOwned, full) },
  'namespace-unknown': both(({ failingLists }) => failingLists.add('namespaces')),
  'secrets-unknown': {
    pod: all(withoutSecret, ({ failingLists }) => failingLists.add('secrets')),
    awsIamRole: all(withoutOwned, ({ failingLists }) => failingLists.add('secrets')),
  },
  'too-many-in-namespace': {
    pod: all((world) => {
      world.cluster.pods = Array.from({ length: 510 }, (_, index) =>
        aRunningPod(`web-${index}`, [`aws-iam-app-${index}`]),
      );
    }, sessionsFail('assume-role-denied')),
    awsIamRole: all((world) => {
      world.cluster.awsIamRoles = Array.from({ length: 510 }, (_, index) =>
        anAwsIamRole(`app-${index}`),
      );
    }, sessionsFail('assume-role-denied')),
  },
  'out-of-time': {
    pod: {
      provoke: all(running, outOfTime),
      except: { told: 'the pass has no time left to write an Event' },
    },
    awsIamRole: {
      provoke: all(owned, outOfTime),
      except: { told: 'the pass has no time left to write a status' },
    },
  },
  'changed-meanwhile': writesFail(409, 'Conflict', 'somebody else changes it all the time'),
  'wanted-again': NOBODY_LACKS_IT,
  'pods-unknown': NOBODY_LACKS_IT,
  'assume-role-denied': stsFails('assume-role-denied'),
  'intermediate-role-denied': stsFails('intermediate-role-denied'),
  'identity-provider-refused': stsFails('identity-provider-refused'),
  'identity-token-missing': stsFails('identity-token-missing'),
  'own-credentials-expired': stsFails('own-credentials-expired'),
  'sts-throttled': stsFails('sts-throttled'),
  'sts-refused': stsFails('sts-refused'),
  'sts-failed': stsFails('sts-failed'),
  'api-refused': writesFail(403, 'Forbidden', 'exceeded quota'),
  'api-failed': writesFail(500, 'InternalError', 'etcd is full'),
  'secret-immutable': {
    pod: all(running, ({ cluster }) => cluster.immutable.add(`shop/${NAME}`)),
    awsIamRole: all(owned, ({ cluster }) => cluster.immutable.add(`shop/${RESOURCE}`)),
  },
  'too-many-roles': {
    pod: mounts(...Array.from({ length: 21 }, (_, index) => `aws-iam-app-${index}`)),
    awsIamRole: NO_RESOURCE,
  },
  'too-many-names': {
    pod: ({ cluster }) => {
      cluster.pods = [{ ...aRunningPod('web', ['aws-iam-app']), cutNames: 70_000 }];
    },
    awsIamRole: NO_RESOURCE,
  },
  'impossible-secret-name': { pod: mounts('aws-iam-Orders'), awsIamRole: NO_RESOURCE },
  'impossible-role-name': {
    pod: mounts(`aws-iam-${'x'.repeat(65)}`),
    awsIamRole: NO_RESOURCE,
  },
  'environment-variable': {
    pod: ({ cluster }) => {
      cluster.pods = [{ ...aRunningPod('web', []), environmentNames: [NAME] }];
    },
    awsIamRole: NO_RESOURCE,
  },
  'own-secret': { pod: HAS_ITS_OWN, awsIamRole: NO_RESOURCE },
  'foreign-secret': { pod: HAS_ITS_OWN, awsIamRole: NO_RESOURCE },
  'service-account-token': { pod: HAS_ITS_OWN, awsIamRole: NO_RESOURCE },
} satisfies Readonly<Record<Reason, ReasonStories>>;

function sessionsFail(reason: AssumeRoleFailure): Provoke {
  return ({ act }) => {
    Object.assign(act, {
      assumeRole: async () => {
        throw new AssumeRoleError(reason, 'no session');
      },
    });
  };
}

/** As many Secrets as the product creates in a namespace. */
function full({ cluster }: ReasonWorld): void {
  for (let i = 0; i < BUDGET.secretsPerNamespace; i += 1) cluster.put(aSecret(`aws-iam-app-${i}`));
}

function outOfTime(world: ReasonWorld): void {
  world.isOutOfTime = true;
}

function terminating(name: string): Provoke {
  return ({ cluster }) => {
    const resource = anAwsIamRole(name);
    const deletion = { since: minutes(-10), finalizers: ['example.com/hold'] };
    cluster.awsIamRoles = [{ ...resource, deletion }];
    cluster.put(aSecret(name, ofAwsIamRole(resource), EXPIRY));
  };
}

/** A Secret that somebody deletes every quarter of an hour. Not a reason: it is created each time. */
export const DELETED_STORIES: ReasonStories = {
  pod: all(running, deleting(NAME)),
  awsIamRole: all(owned, deleting(RESOURCE)),
};

function deleting(name: string): Provoke {
  return (world) => {
    world.eachMinute = (minute) => {
      if (minute % 4 === 0) world.cluster.secrets.delete(`shop/${name}`);
    };
  };
}

/** The stories of Secrets that older controllers left: their credentials expire at a time that nobody knows. */
export const TAKEN_OVER_STORIES = {
  'namespace-not-annotated': all(takenOver, annotated({})),
  'assume-role-denied': all(takenOver, sessionsFail('assume-role-denied')),
} satisfies Partial<Record<Reason, Provoke>>;

function takenOver({ cluster }: ReasonWorld): void {
  cluster.pods = [aRunningPod('web', [NAME])];
  cluster.put({ ...aSecret(NAME), annotations: {} });
}

/** The same Secrets, when no pod uses them any more: a sweep has marked them. */
export const UNUSED_STORIES: Readonly<Record<string, Provoke>> = {
  'namespace-not-annotated': all(takenOver, unused, annotated({})),
  'assume-role-denied': all(takenOver, unused, sessionsFail('assume-role-denied')),
};

function unused({ cluster }: ReasonWorld): void {
  cluster.pods = [];
  const [secret] = cluster.secrets.values();
  const annotations = { 'kube-aws-iam/unused-since': iso(minutes(-1)) };
  if (secret !== undefined) cluster.put({ ...secret, annotations });
}
