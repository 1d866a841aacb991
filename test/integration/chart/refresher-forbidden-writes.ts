/** Metadata and the other fields of a Secret. */
interface SecretFields {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly rest?: object;
}

interface ForbiddenSecret extends SecretFields {
  readonly title: string;
  /** The beginning of the policy's message, after "the refresher may". */
  readonly rule: string;
}

interface ForbiddenChange {
  readonly title: string;
  /** The managed Secret, if it is not an empty one with the prefix. */
  readonly existing?: SecretFields;
  /** The merge patch. */
  readonly change: object;
  readonly rule: string;
}

const RULES = {
  name: 'write credentials only to Secrets named aws-iam-*',
  keys: 'write only the keys',
  format: 'write the keys credentials and credentials.process only',
  labels: 'add and change only its own labels',
  annotations: 'add and change only its own annotations',
  owners: 'add only an AWSIAMRole of the same name as the owner',
  finalizers: 'not add finalizers',
  immutable: 'not make a Secret immutable',
};
const MANAGED = { heritage: 'kube-aws-iam-controller' };
const OF_ROLE = { ...MANAGED, type: 'awsiamrole' };
const UID = '0f5c1c7e-0000-4000-8000-000000000002';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const owner = (name: string, rest: object = {}) => ({
  ...{ apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', name, uid: UID },
  ...rest,
});
/** A Secret of an AWSIAMRole. */
const ofRole = (
  name: string,
  labels: object = {},
  references: readonly object[] = [owner(name)],
) => ({
  metadata: { name, labels: { ...OF_ROLE, ...labels }, ownerReferences: references },
});
const PROCESS = '[default]\ncredential_process = cat /meta/aws-iam/credentials.json\n';
const STATIC =
  '[default]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = abc/+def\naws_session_token = IQoJb3JpZ2luX2VjEXAMPLE==\naws_expiration = 2026-11-23T10:00:00Z\n';

/** Files of the contract with contents that the product never writes. */
const FORGED_FILES: readonly [string, string, string][] = [
  ['another process', 'credentials.process', PROCESS.replace('cat', 'sh -c id; cat')],
  ['a second process', 'credentials.process', `${PROCESS}credential_process = id\n`],
  ['no text', 'credentials.process', ''],
  ['a process at its end', 'credentials', `${STATIC}credential_process = id\n`],
  ['a process without a newline', 'credentials', `${STATIC}Credential_Process=id`],
  ['a process in a value', 'credentials', STATIC.replace('ASIA', 'ASIA\ncredential_process = id')],
  [
    'a process instead of a key',
    'credentials',
    STATIC.replace('aws_expiration', 'credential_process'),
  ],
  ['a carriage return in a value', 'credentials', STATIC.replace('ASIA', 'ASIA\rx = y')],
  ['another profile', 'credentials', STATIC.replace('default', 'profile x')],
  ['a line less', 'credentials', STATIC.replace(/aws_session_token.*\n/, '')],
  ['any text', 'credentials', 'credential_process = id'],
];

/** Secrets that the refresher may not create. The default name has the prefix, the default label is that of the product. */
export const FORBIDDEN_SECRETS: readonly ForbiddenSecret[] = [
  { title: 'a foreign name', metadata: { name: 'admin-token' }, rule: RULES.name },
  {
    title: 'a generated name',
    metadata: { name: undefined, generateName: 'admin-' },
    rule: RULES.name,
  },
  {
    title: 'a foreign name of the type of AWSIAMRoles',
    metadata: { name: 'admin', labels: OF_ROLE },
    rule: RULES.name,
  },
  {
    title: "an AWSIAMRole's Secret without its type",
    metadata: { ...ofRole('admin').metadata, labels: MANAGED },
    rule: RULES.name,
  },
  {
    title: 'a prefix that is not at the start',
    metadata: { name: 'x-aws-iam-app' },
    rule: RULES.name,
  },
  {
    title: 'the keys of an Argo CD cluster',
    rest: { data: { server: base64('https://x') } },
    rule: RULES.keys,
  },
  {
    title: 'a foreign key as stringData',
    rest: { stringData: { 'tls.key': 'x' } },
    rule: RULES.keys,
  },
  {
    title: 'a key with a prefix of ours',
    rest: { stringData: { 'credentials.json.yaml': 'x' } },
    rule: RULES.keys,
  },
  {
    title: "the keys of sealed-secrets in an AWSIAMRole's Secret",
    ...ofRole('sealed'),
    rest: { stringData: { 'tls.key': 'x' } },
    rule: RULES.keys,
  },
  ...FORGED_FILES.flatMap(([title, key, text]) => [
    { title: `${key} with ${title}`, rest: { data: { [key]: base64(text) } }, rule: RULES.format },
  ]),
  ...[
    'argocd.argoproj.io/secret-type',
    'sealedsecrets.bitnami.com/sealed-secrets-key',
    'grafana_dashboard',
    'type',
  ].map((key) => ({
    title: `the label ${key}`,
    metadata: { labels: { ...MANAGED, [key]: 'cluster' } },
    rule: RULES.labels,
  })),
  ...[
    'argocd.argoproj.io/secret-type',
    'sealedsecrets.bitnami.com/sealed-secrets-key',
    'kubernetes.io/x',
    'node.kubernetes.io/x',
    'k8s.io/x',
    'rbac.authorization.k8s.io/x',
    'xapp.kubernetes.io/x',
  ].map((key) => ({
    title: `the label ${key} on an AWSIAMRole's Secret`,
    ...ofRole('labelled', { [key]: 'x' }),
    rule: RULES.labels,
  })),
  {
    title: 'the type of AWSIAMRoles without an owner',
    metadata: { labels: OF_ROLE },
    rule: RULES.labels,
  },
  {
    title: "another type on an AWSIAMRole's Secret",
    metadata: { ...ofRole('aws-iam-x').metadata, labels: { ...MANAGED, type: 'x' } },
    rule: RULES.labels,
  },
  ...[
    'kubernetes.io/service-account.name',
    'kubectl.kubernetes.io/last-applied-configuration',
    'replicator.v1.mittwald.de/replicate-to',
    'kube-aws-iam.example/x',
    'velero.io/exclude-from-backup',
  ].map((key) => ({
    title: `the annotation ${key}`,
    metadata: { annotations: { [key]: 'x' } },
    rule: RULES.annotations,
  })),
  { title: 'immutable', rest: { immutable: true }, rule: RULES.immutable },
  { title: 'a finalizer', metadata: { finalizers: ['example.com/keep'] }, rule: RULES.finalizers },
  {
    title: 'a Deployment as owner',
    metadata: { ownerReferences: [owner('x', { apiVersion: 'apps/v1', kind: 'Deployment' })] },
    rule: RULES.owners,
  },
  {
    title: 'an AWSIAMRole of another name as owner',
    metadata: { ownerReferences: [owner('other')] },
    rule: RULES.owners,
  },
  {
    title: 'an AWSIAMRole of another group as owner',
    ...ofRole('aws-iam-x', {}, [owner('aws-iam-x', { apiVersion: 'example.com/v1' })]),
    rule: RULES.labels,
  },
  {
    title: 'two owners',
    ...ofRole('two', {}, [owner('two'), owner('two', { uid: `${UID.slice(0, -1)}9` })]),
    rule: RULES.owners,
  },
  {
    title: 'a controlling owner',
    ...ofRole('controlled', {}, [owner('controlled', { controller: true })]),
    rule: RULES.owners,
  },
  {
    title: 'an owner whose deletion it blocks',
    ...ofRole('blocked', {}, [owner('blocked', { blockOwnerDeletion: true })]),
    rule: RULES.owners,
  },
];

/** Changes of a managed Secret that the refresher may not make. */
export const FORBIDDEN_CHANGES: readonly ForbiddenChange[] = [
  { title: 'a foreign key', change: { data: { server: base64('x') } }, rule: RULES.keys },
  {
    title: "the value of somebody else's key",
    existing: { rest: { data: { server: base64('x') } } },
    change: { data: { server: base64('y') } },
    rule: RULES.keys,
  },
  {
    title: 'credentials of an orphan of any name',
    existing: { metadata: { name: 'orphan', labels: OF_ROLE } },
    change: { stringData: { expire: '2026-11-23T10:00:00Z' } },
    rule: RULES.name,
  },
  ...FORGED_FILES.map(([title, key, text]) => ({
    ...{ title: `${key} with ${title}`, existing: { rest: { data: { [key]: base64('old') } } } },
    ...{ change: { data: { [key]: base64(text) } }, rule: RULES.format },
  })),
  {
    title: 'a label',
    change: { metadata: { labels: { 'argocd.argoproj.io/secret-type': 'cluster' } } },
    rule: RULES.labels,
  },
  {
    title: "the value of somebody else's label",
    existing: { metadata: { labels: { ...MANAGED, team: 'a' } } },
    change: { metadata: { labels: { team: 'b' } } },
    rule: RULES.labels,
  },
  {
    title: 'an annotation',
    change: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'x' } } },
    rule: RULES.annotations,
  },
  {
    title: "the value of somebody else's annotation",
    existing: { metadata: { annotations: { note: 'a' } } },
    change: { metadata: { annotations: { note: 'b' } } },
    rule: RULES.annotations,
  },
  { title: 'immutable', change: { immutable: true }, rule: RULES.immutable },
  {
    title: 'a finalizer',
    change: { metadata: { finalizers: ['example.com/keep'] } },
    rule: RULES.finalizers,
  },
  {
    title: 'another finalizer',
    existing: { metadata: { finalizers: ['example.com/keep'] } },
    change: { metadata: { finalizers: ['example.com/keep', 'example.com/other'] } },
    rule: RULES.finalizers,
  },
  {
    title: 'an owner of another kind',
    change: { metadata: { ownerReferences: [owner('x', { apiVersion: 'v1', kind: 'Pod' })] } },
    rule: RULES.owners,
  },
  {
    title: 'the uid of its owner',
    existing: ofRole('replaced'),
    change: { metadata: { ownerReferences: [owner('replaced', { uid: `${UID.slice(0, -1)}9` })] } },
    rule: RULES.owners,
  },
  {
    title: 'a second owner',
    existing: ofRole('second'),
    change: {
      metadata: {
        ownerReferences: [
          owner('second'),
          owner('x', { kind: 'Pod', uid: `${UID.slice(0, -1)}9` }),
        ],
      },
    },
    rule: RULES.owners,
  },
  {
    title: 'no owner',
    existing: ofRole('disowned'),
    change: { metadata: { ownerReferences: null } },
    rule: RULES.owners,
  },
];
