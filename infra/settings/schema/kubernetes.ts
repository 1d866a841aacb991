import { z } from 'zod';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { isRecord } from '../../../contract/is-record.ts';
import {
  REFRESHER_SERVICE_ACCOUNT,
  SESSIONS_SERVICE_ACCOUNT,
} from '../../../contract/kubernetes/cluster-access.ts';
import { NAMESPACE_NAME, OBJECT_NAME } from '../../../contract/kubernetes/object-name.ts';
import { readCertificateAuthorities } from '../certificate-authorities.ts';
import {
  addIssues,
  type CombinationProblem,
  NESTED_DOCS,
  quoted,
  SETTING_DOCS,
} from '../setting-docs.ts';

/** Kinds of clusters. */
const KINDS = ['eks', 'kubernetes'] as const;
export type ClusterKind = (typeof KINDS)[number];

/** ServiceAccounts of the product that are not the refresher. */
const OTHER_ACCOUNTS = [FORWARDER_SERVICE_ACCOUNT, SESSIONS_SERVICE_ACCOUNT];

/** How the functions log in to a cluster that is not EKS. */
const LOGINS = [
  'serviceAccount',
  'clientCertificate',
  'awsIamAuthenticator',
  'kubeconfig',
] as const;

const SUBJECT_KINDS = ['User', 'Group', 'ServiceAccount'] as const;

const FROM_KUBECONFIG = (field: string) =>
  `kubectl config view --minify --raw -o jsonpath="{.clusters[0].cluster.${field}}"`;

const EXPECTED = {
  kubernetes:
    'an object with login, and with server and certificateAuthority unless login is "kubeconfig"',
  server: `the URL of the API server, https:// with host and port only, such as "https://api.example.com:6443"; ${FROM_KUBECONFIG('server')}`,
  certificateAuthority: `certificate authorities in PEM, or certificate-authority-data of a kubeconfig; ${FROM_KUBECONFIG('certificate-authority-data')}`,
  authenticatorClusterId:
    'the clusterID in the configuration of aws-iam-authenticator: 1 to 100 letters, digits and characters of ._:/-',
  subject:
    'an object with kind ("User", "Group" or "ServiceAccount"), name and, for a ServiceAccount, namespace',
  subjectName:
    'the name of a user, group or ServiceAccount, without control characters; names of Kubernetes itself (system:*) would include others than the refresher',
};

const server = z
  .stringFormat('server-url', (text) => serverOrigin(text) !== undefined)
  .register(NESTED_DOCS, {
    expected: EXPECTED.server,
    isConfidential: (value) => typeof value !== 'string' || value.includes('@'),
  });

const certificateAuthority = z
  .string()
  .superRefine((text, context) => {
    const { problem } = readCertificateAuthorities(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .register(NESTED_DOCS, { expected: EXPECTED.certificateAuthority, isConfidential: () => true });

const subject = z
  .strictObject({
    kind: z
      .enum(SUBJECT_KINDS)
      .register(NESTED_DOCS, { expected: `one of ${quoted(SUBJECT_KINDS)}` }),
    name: z
      .string()
      .regex(/^(?!system:)[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,253}$/u)
      .register(NESTED_DOCS, { expected: EXPECTED.subjectName }),
    namespace: z
      .string()
      .regex(NAMESPACE_NAME)
      .optional()
      .register(NESTED_DOCS, { expected: 'the name of a namespace' }),
  })
  .superRefine((value, context) => addIssues(context, validateSubject(value)), {
    when: ({ value }) => isRecord(value),
  })
  .register(NESTED_DOCS, { expected: EXPECTED.subject });

/** Settings about what kind of cluster it is, and how the functions reach and log in to one that is not EKS. */
export const kubernetesShape = {
  kind: z
    .enum(KINDS)
    .default('eks')
    .register(SETTING_DOCS, {
      expected: `one of ${quoted(KINDS)}`,
      description:
        'Kind of the cluster. `eks`: the functions find it by its name, and log in by an EKS access entry. `kubernetes`: any other cluster, such as GKE, AKS, k3s, kubeadm or OpenShift ([docs/clusters.md](docs/clusters.md)).',
      whenOmitted: '`eks`',
    }),
  kubernetes: z
    .strictObject({
      server: server.optional(),
      certificateAuthority: certificateAuthority.optional(),
      login: z.enum(LOGINS).register(NESTED_DOCS, { expected: `one of ${quoted(LOGINS)}` }),
      authenticatorClusterId: z
        .string()
        .regex(/^[\w.:/-]{1,100}$/)
        .optional()
        .register(NESTED_DOCS, { expected: EXPECTED.authenticatorClusterId }),
      subject: subject.optional(),
    })
    .superRefine((value, context) => addIssues(context, validateLogin(value)), {
      when: ({ value }) => isRecord(value),
    })
    .optional()
    .register(SETTING_DOCS, {
      expected: EXPECTED.kubernetes,
      isConfidential: () => true,
      description:
        'For `kind: kubernetes`, how the functions reach the API server and log in ([docs/clusters.md](docs/clusters.md#logins)): `server` (URL), `certificateAuthority` (PEM, or `certificate-authority-data` of a kubeconfig), `login` (`serviceAccount`, `clientCertificate`, `awsIamAuthenticator`, `kubeconfig`), `authenticatorClusterId` (the `clusterID` of aws-iam-authenticator; default `clusterName`), `subject` (`kind`, `name` and `namespace` of the user, group or ServiceAccount that the API server sees; default: the ServiceAccount of the chart for `serviceAccount`, otherwise the group `kube-aws-iam:refreshers`).',
      whenOmitted: 'required for `kind: kubernetes`, unless the refresher runs in the cluster',
    }),
};

/** The validated setting. */
export type KubernetesSetting = NonNullable<z.output<typeof kubernetesShape.kubernetes>>;

/** Returns scheme, host and port of a URL of an API server; undefined if the URL has another scheme or other parts. */
export function serverOrigin(text: string): string | undefined {
  if (!/^https:\/\/[^\s/?#@\\]{1,300}\/?$/.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).origin;
}

/** Settings that may be invalid: their problems are reported with the others. */
type Unchecked<Keys extends string> = { readonly [Key in Keys]?: unknown };

function validateSubject({
  kind,
  name,
  namespace,
}: Unchecked<'kind' | 'name' | 'namespace'>): readonly CombinationProblem[] {
  if (kind !== 'ServiceAccount') {
    const message =
      'only a ServiceAccount has a namespace; remove it, or set kind to "ServiceAccount"';
    return namespace === undefined ? [] : [{ path: ['namespace'], message }];
  }
  const problems: CombinationProblem[] = [];
  if (namespace === undefined) {
    problems.push({ path: ['namespace'], message: 'a ServiceAccount requires its namespace' });
  }
  if (typeof name === 'string' && !OBJECT_NAME.test(name)) {
    problems.push({ path: ['name'], message: 'it must be the name of a ServiceAccount' });
  }
  if (namespace === PRODUCT_NAMESPACE && OTHER_ACCOUNTS.some((other) => other === name)) {
    const message =
      'this ServiceAccount of the chart must not have the permissions of the refresher; use another, or login "serviceAccount"';
    problems.push({ path: ['name'], message });
  }
  return problems;
}

type LoginSettings = Unchecked<
  'server' | 'certificateAuthority' | 'login' | 'authenticatorClusterId' | 'subject'
>;

function validateLogin(settings: LoginSettings): readonly CombinationProblem[] {
  const { login, authenticatorClusterId, subject } = settings;
  if (!LOGINS.some((known) => known === login)) return [];
  const problems: CombinationProblem[] = [];
  for (const name of ['server', 'certificateAuthority'] as const) {
    if (login === 'kubeconfig') {
      if (settings[name] === undefined) continue;
      const message = `with login "kubeconfig", it is in the kubeconfig in Secrets Manager; remove it`;
      problems.push({ path: [name], message });
    } else if (settings[name] === undefined) {
      problems.push({ path: [name], message: `it must be ${EXPECTED[name]}` });
    }
  }
  if (authenticatorClusterId !== undefined && login !== 'awsIamAuthenticator') {
    problems.push({
      path: ['authenticatorClusterId'],
      message: `it has no effect with login "${login}"; remove it, or set login to "awsIamAuthenticator"`,
    });
  }
  const problem = subjectProblem(login, subject);
  return problem === undefined ? problems : [...problems, { path: ['subject'], message: problem }];
}

function subjectProblem(login: unknown, subject: unknown): string | undefined {
  if (subject === undefined) return undefined;
  if (login === 'serviceAccount') {
    return `with login "serviceAccount", it is always the ServiceAccount ${PRODUCT_NAMESPACE}/${REFRESHER_SERVICE_ACCOUNT}, which the chart creates; remove it, or store the token of another with login "kubeconfig"`;
  }
  if (login !== 'kubeconfig' && isRecord(subject) && subject['kind'] === 'ServiceAccount') {
    return `login "${login}" authenticates a user with groups; set kind to "User" or "Group", or login to "kubeconfig"`;
  }
  return undefined;
}

/**
 * Checks the kind of the cluster together with settings that depend on it. The settings may be invalid on their own.
 */
export function validateKind(
  settings: Unchecked<
    'kind' | 'runsIn' | 'kubernetes' | 'installChart' | 'sessionTags' | 'forwarderCredentials'
  >,
): readonly CombinationProblem[] {
  const { kind, runsIn, kubernetes, installChart, sessionTags, forwarderCredentials } = settings;
  const problem = (path: readonly string[], message: string) => [{ path, message }];
  if (kind !== 'kubernetes') {
    return kubernetes === undefined
      ? []
      : problem(
          ['kubernetes'],
          'the functions find an EKS cluster by its name; remove kubernetes, or set kind to "kubernetes"',
        );
  }
  const isInCluster = runsIn === 'cluster';
  return [
    ...(isInCluster || kubernetes !== undefined
      ? []
      : problem(
          ['kubernetes'],
          `kind "kubernetes" requires ${EXPECTED.kubernetes}; or set runsIn to "cluster"`,
        )),
    ...(isInCluster && kubernetes !== undefined
      ? problem(
          ['kubernetes'],
          'runsIn is "cluster", so the refresher uses its ServiceAccount; remove kubernetes, or set runsIn to "lambda"',
        )
      : []),
    ...(installChart === true
      ? problem(
          ['installChart'],
          'CDK installs charts on EKS only; remove it, and install the chart yourself: npx kube-aws-iam manifests | kubectl apply -f -',
        )
      : []),
    ...(sessionTags === true
      ? problem(
          ['sessionTags'],
          'these tags contain the ARN of an EKS cluster; remove it, and require sts:RoleSessionName in trust policies (npx kube-aws-iam trust-policy)',
        )
      : []),
    ...(isRecord(forwarderCredentials) && forwarderCredentials['source'] === 'podIdentity'
      ? problem(
          ['forwarderCredentials', 'source'],
          'EKS Pod Identity exists on EKS only; remove forwarderCredentials, and the refresher creates a Secret with the credentials of the forwarder',
        )
      : []),
  ];
}
