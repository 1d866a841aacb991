import { dumpYaml } from '@kubernetes/client-node';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { type ApiClient, type ApiResponse, apiClient } from '../../../local/api-client.ts';
import type { RealCluster } from '../../../local/real-cluster/real-cluster.ts';
import type { Manifest } from './helm.ts';

/** A user to impersonate, which the admin of the API server may do. */
export interface Impersonated {
  readonly user: string;
  readonly group?: string;
}

/** Sends a request as one user. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  contentType?: string,
) => Promise<ApiResponse>;

/** The API paths of the kinds in the chart. A new kind must be added here. */
const PATHS: Readonly<Record<string, string>> = {
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  Namespace: '/api/v1/namespaces',
  ServiceAccount: '/api/v1/namespaces/{namespace}/serviceaccounts',
  ConfigMap: '/api/v1/namespaces/{namespace}/configmaps',
  Deployment: '/apis/apps/v1/namespaces/{namespace}/deployments',
  NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  MutatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding:
    '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings',
  ValidatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding:
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
};

/** Requests to a real cluster, as its admin and as other users. */
export interface ChartCluster {
  readonly admin: Send;
  as(who: Impersonated): Send;
  /** Applies a manifest of the chart. */
  apply(manifest: Manifest): Promise<void>;
  /** Deletes an object of the chart. */
  remove(manifest: Manifest): Promise<void>;
  close(): Promise<void>;
}

/** Connects to a cluster for the tests of the chart. */
export function chartCluster(cluster: RealCluster): ChartCluster {
  const client = apiClient({ ...cluster, token: cluster.adminToken });
  const admin = sender(client);
  const pathOf = ({ kind, metadata }: Manifest) => {
    const { namespace = PRODUCT_NAMESPACE, name } = metadata;
    const path = PATHS[kind]?.replace('{namespace}', namespace);
    if (path === undefined) throw new Error(`no API path is known for ${kind}: add it to PATHS`);
    return `${path}/${name}`;
  };
  return {
    admin,
    as: ({ user, group }) =>
      sender(client, {
        'impersonate-user': user,
        ...(group === undefined ? {} : { 'impersonate-group': group }),
      }),
    async apply(manifest) {
      const { status, body } = await admin(
        'PATCH',
        `${pathOf(manifest)}?fieldManager=test&force=true`,
        // The library that read it has its own names for fields with a hyphen.
        dumpYaml(manifest),
        'application/apply-patch+yaml',
      );
      if (status >= 300) throw new Error(`${manifest.kind}: ${JSON.stringify(body)}`);
    },
    async remove(manifest) {
      const { status, body } = await admin('DELETE', pathOf(manifest));
      if (status >= 300) throw new Error(`${manifest.kind}: ${JSON.stringify(body)}`);
    },
    close: () => client.close(),
  };
}

function sender(client: ApiClient, headers: Record<string, string> = {}): Send {
  return (method, path, body, contentType = 'application/json') =>
    client.send(method, path, { body, headers: { ...headers, 'content-type': contentType } });
}
