import { awsIamRoles, HEADER } from '../../support/chart/awsiamrole-definition.ts';

/** The namespace of the tenant who floods. */
export const FLOODED = 'flood';

/** The collections in the API, and the prefixes of their objects in etcd. */
export const RESOURCES = {
  pods: { path: `/api/v1/namespaces/${FLOODED}/pods`, key: `/registry/pods/${FLOODED}/` },
  awsiamroles: {
    path: awsIamRoles(FLOODED),
    key: `/registry/zalando.org/awsiamroles/${FLOODED}/`,
  },
} as const;

/** Many large objects of one tenant. */
export interface Flood {
  readonly title: string;
  readonly resource: keyof typeof RESOURCES;
  /** Number of objects in the test. */
  readonly count: number;
  /** Everything but the name. Each {@link FIRST} after a hyphen is replaced by the number of the object. */
  readonly content: () => object;
  /** The status, if that is what is large. */
  readonly status?: () => object;
}

/** Number of the object that is created by the API. The others, which are copies of it, have lower numbers in base 36. */
export const FIRST = 'zz';

/** In 1.5 MiB, the maximum size of an object in etcd, there is room for this number of names. */
const NAMES = 70_000;

const secretNames = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}-${FIRST}${i.toString(36).padStart(4, '0')}`);

const pod = (spec: object, container: object = {}) => ({
  spec: { containers: [{ name: 'c', image: 'app', ...container }], ...spec },
});

const podWithSources = (prefix: string) => {
  const sources = secretNames(prefix, NAMES).map((name) => ({ secret: { name } }));
  return pod({ volumes: [{ name: 'v', projected: { sources } }] });
};

const podWithSecretName = () => {
  const secretName = `aws-iam-${FIRST}${'x'.repeat(1_400_000)}`;
  return pod({ volumes: [{ name: 'v', secret: { secretName } }] });
};

const podWithEnvironment = () => {
  // Some bytes more for each than for a source.
  const envFrom = secretNames('aws-iam', 60_000).map((name) => ({ secretRef: { name } }));
  return pod({}, { envFrom });
};

const awsIamRole = (roleReference: string, metadata: object = {}) => ({
  ...HEADER,
  metadata,
  spec: { roleReference },
});

const labels = () =>
  Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [`label-number-${i}-of-the-flood`, 'x'.repeat(30)]),
  );

const conditions = () =>
  Array.from({ length: 30 }, (_, i) => ({
    type: `Condition${i}`,
    status: 'True',
    lastTransitionTime: '2026-11-23T12:00:00Z',
    reason: 'Flood',
    message: 'x'.repeat(32_768),
  }));

export const FLOODS: readonly Flood[] = [
  {
    title: 'pods with 70,000 projected Secrets with the prefix',
    resource: 'pods',
    count: 200,
    content: () => podWithSources('aws-iam'),
  },
  {
    title: 'pods with 70,000 projected Secrets without the prefix',
    resource: 'pods',
    count: 20,
    content: () => podWithSources('my-apps'),
  },
  {
    title: 'pods with 60,000 Secrets as environment variables',
    resource: 'pods',
    count: 20,
    content: podWithEnvironment,
  },
  {
    title: 'pods with a secretName of 1.4 MB',
    resource: 'pods',
    count: 20,
    content: podWithSecretName,
  },
  {
    title: 'AWSIAMRoles with a roleReference of 1.35 MB',
    resource: 'awsiamroles',
    count: 400,
    content: () => awsIamRole(`app-${FIRST}${'x'.repeat(1_350_000)}`),
  },
  {
    title: 'AWSIAMRoles with 20,000 labels',
    resource: 'awsiamroles',
    count: 20,
    content: () => awsIamRole(`app-${FIRST}`, { labels: labels() }),
  },
  {
    title: 'AWSIAMRoles with 30 conditions of 32 KB',
    resource: 'awsiamroles',
    count: 20,
    content: () => awsIamRole(`app-${FIRST}`),
    status: () => ({ conditions: conditions() }),
  },
];
