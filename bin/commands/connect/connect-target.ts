import * as z from 'zod';
import { type ClusterApi, expandCertificates } from '../../../contract/cluster-api.ts';
import {
  REFRESHER_RBAC,
  type RefresherSubject,
} from '../../../contract/kubernetes/cluster-access.ts';
import { loginSecretNameOf } from '../../../infra/names.ts';
import { readCertificateAuthorities } from '../../../infra/settings/certificate-authorities.ts';
import { refresherSubject } from '../../../infra/settings/cluster-login.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { KubernetesSetting } from '../../../infra/settings/schema/kubernetes.ts';
import type { ClusterAddress } from '../../../kubernetes/connection/cluster-address.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { partitionOf } from '../../aws/partition-of.ts';
import { getObject } from '../../kubeconfig/get-object.ts';

/** How the functions log in. */
export type LoginKind = KubernetesSetting['login'];

/** What the functions need to log in to a cluster. */
export interface RequiredLogin {
  readonly login: LoginKind;
  /** Absent with login `kubeconfig`: the kubeconfig contains it. */
  readonly address?: ClusterAddress;
  readonly subject: RefresherSubject;
  /** Where the login is stored, without the suffix that Secrets Manager adds if it is not known. */
  readonly secretArn: string;
}

interface Location {
  readonly clusterName: string;
  readonly region: string;
  readonly account: string;
}

/**
 * Returns the login of the settings.
 *
 * @throws when the cluster needs none
 */
export function loginFromSettings(settings: ClusterSettings, location: Location): RequiredLogin {
  const { kind, runsIn, kubernetes, clusterName } = settings;
  if (runsIn === 'cluster') {
    throw new Error(
      `the refresher of cluster "${clusterName}" runs in the cluster (setting "runsIn") with its own ServiceAccount, and needs no login; its AWS credentials come from: kube-aws-iam seed`,
    );
  }
  if (kind !== 'kubernetes' || kubernetes === undefined) throw noLoginNeeded(clusterName);
  const { login, server, certificateAuthority } = kubernetes;
  return {
    login,
    subject: refresherSubject(settings),
    secretArn: secretArnOf(location),
    ...(server === undefined || certificateAuthority === undefined
      ? {}
      : { address: { url: server, certificateAuthority: pemOf(certificateAuthority) } }),
  };
}

/**
 * Returns the login of the deployed functions. Their environment does not say which of the logins in Secrets Manager it
 * is, but the chart does: it grants permissions to a ServiceAccount, or to the user or group of a client certificate.
 *
 * @throws when the cluster needs none, or the chart is not installed
 */
export async function deployedLogin(
  clusterApi: ClusterApi | undefined,
  location: Location,
  connect: () => Promise<KubernetesConnection>,
  signal: AbortSignal,
): Promise<RequiredLogin> {
  if (clusterApi === undefined) throw noLoginNeeded(location.clusterName);
  const { server, certificateAuthority } = clusterApi;
  const subject = await boundSubject(await connect(), signal);
  const secretArn = 'secretArn' in clusterApi ? clusterApi.secretArn : secretArnOf(location);
  if (server === undefined || certificateAuthority === undefined) {
    return { login: 'kubeconfig', subject, secretArn };
  }
  const address = { url: server, certificateAuthority: expandCertificates(certificateAuthority) };
  if (clusterApi.login === 'awsIamAuthenticator') {
    return { login: 'awsIamAuthenticator', address, subject, secretArn };
  }
  const login = subject.kind === 'ServiceAccount' ? 'serviceAccount' : 'clientCertificate';
  return { login, address, subject, secretArn };
}

const binding = z.object({
  subjects: z
    .array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('User'), name: z.string() }),
        z.object({ kind: z.literal('Group'), name: z.string() }),
        z.object({ kind: z.literal('ServiceAccount'), name: z.string(), namespace: z.string() }),
      ]),
    )
    .min(1),
});

/** Reads to whom the chart in the cluster grants permissions. */
async function boundSubject(
  connection: KubernetesConnection,
  signal: AbortSignal,
): Promise<RefresherSubject> {
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${REFRESHER_RBAC}`;
  const [subject] =
    binding.safeParse(await getObject(connection, path, signal)).data?.subjects ?? [];
  if (subject !== undefined) return subject;
  throw new Error(
    `ClusterRoleBinding ${REFRESHER_RBAC} does not exist or has no subject, so --deployed cannot find out whom the functions log in as: apply the manifests (kube-aws-iam manifests), or run connect in the folder with cdk.json without --deployed`,
  );
}

function noLoginNeeded(clusterName: string): Error {
  return new Error(
    `cluster "${clusterName}" is an EKS cluster: its access entry admits the functions, and they need no login. For another cluster, set "kind": "kubernetes" in cdk.json`,
  );
}

/** The name does not end in a hyphen and six characters, so Secrets Manager finds the secret without its suffix. */
function secretArnOf({ clusterName, region, account }: Location): string {
  return `arn:${partitionOf(region)}:secretsmanager:${region}:${account}:secret:${loginSecretNameOf(clusterName)}`;
}

function pemOf(certificateAuthority: string): string {
  const { certificates = [] } = readCertificateAuthorities(certificateAuthority);
  return certificates.map((certificate) => certificate.toString()).join('');
}
