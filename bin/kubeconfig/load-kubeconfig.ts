import { resolve } from 'node:path';
import { closestName } from '../../contract/closest-name.ts';
import { NAMESPACE_NAME } from '../../contract/kubernetes/object-name.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';
import { inClusterContext, SERVICE_ACCOUNT_FOLDER } from './in-cluster.ts';
import {
  type ClusterFields,
  clusterFields,
  contextFields,
  type LoadedContext,
  userFields,
} from './kubeconfig-schema.ts';
import { type Kubeconfig, readKubeconfig } from './read-kubeconfig.ts';

/**
 * Loads the context that kubectl would use. Without a kubeconfig, in a pod, that is the cluster of the pod.
 *
 * @throws {ClusterSetupError} when there is none, or when its server would not be verified: a token must go to the
 * cluster only
 */
export function loadKubeconfig(
  options: KubeconfigOptions,
  serviceAccountFolder = SERVICE_ACCOUNT_FOLDER,
): LoadedContext {
  const kubeconfig = readKubeconfig(options);
  if (options.kubeconfig === undefined && options.context === undefined) {
    const inCluster =
      kubeconfig.currentContext === undefined ? inClusterContext(serviceAccountFolder) : undefined;
    if (inCluster !== undefined) return inCluster;
  }
  const name = contextNameOf(kubeconfig, options);
  const context = kubeconfig.find('contexts', name, contextFields)?.fields;
  const { namespace = 'default' } = context ?? {};
  if (!NAMESPACE_NAME.test(namespace)) {
    throw new ClusterSetupError(
      `context "${name}" has the namespace "${namespace}", which is not a valid name: correct it in the kubeconfig`,
    );
  }
  return {
    name,
    namespace,
    cluster: clusterOf(kubeconfig, name, context?.cluster),
    user: userOf(kubeconfig, name, context?.user),
  };
}

const CREATE = 'for EKS run: aws eks update-kubeconfig --name CLUSTER';
const RECREATE = `recreate the kubeconfig; ${CREATE}`;

function contextNameOf(
  { files, missing, contextNames, currentContext }: Kubeconfig,
  { context = currentContext }: KubeconfigOptions,
): string {
  if (files.length === 0) {
    throw new ClusterSetupError(
      `kubeconfig ${missing.join(', ')} does not exist: use --kubeconfig, set KUBECONFIG, or create it; ${CREATE}`,
    );
  }
  const file = files.join(', ');
  const available =
    contextNames.length === 0 ? 'it has no contexts' : `it has ${contextNames.join(', ')}`;
  if (!context) {
    throw new ClusterSetupError(
      `kubeconfig ${file} has no current context: use --context; ${available}`,
    );
  }
  if (contextNames.includes(context)) return context;
  const closest = closestName(context, contextNames);
  throw new ClusterSetupError(
    `kubeconfig ${file} has no context "${context}"; ${closest === undefined ? available : `did you mean "${closest}"?`}`,
  );
}

function clusterOf(kubeconfig: Kubeconfig, context: string, name = ''): LoadedContext['cluster'] {
  const entry = kubeconfig.find('clusters', name, clusterFields);
  if (entry === undefined) {
    throw new ClusterSetupError(
      `context "${context}" refers to a cluster that ${kubeconfig.files.join(', ')} does not contain: ${RECREATE}`,
    );
  }
  const { fields, folder } = entry;
  assertVerified(context, fields);
  return {
    ...fields,
    name,
    server: fields.server ?? '',
    'certificate-authority': absolute(folder, fields['certificate-authority']),
  };
}

function userOf(kubeconfig: Kubeconfig, context: string, name = ''): LoadedContext['user'] {
  const entry = kubeconfig.find('users', name, userFields);
  if (entry === undefined) {
    throw new ClusterSetupError(
      `context "${context}" refers to a user that ${kubeconfig.files.join(', ')} does not contain: correct its "user", or recreate the kubeconfig`,
    );
  }
  const { fields, folder } = entry;
  const { exec } = fields;
  // A command without a slash is searched on the PATH.
  const command = exec?.command?.includes('/') ? resolve(folder, exec.command) : exec?.command;
  return {
    ...fields,
    name,
    'client-certificate': absolute(folder, fields['client-certificate']),
    'client-key': absolute(folder, fields['client-key']),
    tokenFile: absolute(folder, fields.tokenFile),
    exec: exec ? { ...exec, command } : undefined,
  };
}

function absolute(folder: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(folder, path);
}

function assertVerified(
  context: string,
  { server = '', 'insecure-skip-tls-verify': isInsecure }: ClusterFields,
): void {
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:') {
    throw new ClusterSetupError(
      server === ''
        ? `the cluster of context "${context}" has no server: ${RECREATE}`
        : `context "${context}" connects to ${server}, which would send credentials unencrypted: set the cluster's https endpoint in the kubeconfig; ${RECREATE}`,
    );
  }
  if (isInsecure) {
    throw new ClusterSetupError(
      `context "${context}" does not verify the server (insecure-skip-tls-verify): set the cluster's certificate authority in the kubeconfig instead; ${RECREATE}`,
    );
  }
}
