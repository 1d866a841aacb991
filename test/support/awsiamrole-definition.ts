import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import type { ApiClient } from '../../local/api-client.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { CHART_FOLDER } from './helm.ts';

/** Where custom resource definitions are. */
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Name of the custom resource definition of AWSIAMRoles. */
export const DEFINITION_NAME = `${AWSIAMROLE.plural}.${AWSIAMROLE.group}`;

/** The file of it in the chart, whose template adds labels to it. */
export const DEFINITION_FILE = `definitions/${DEFINITION_NAME}.yaml`;

/** The path of AWSIAMRoles: of a namespace, or of all. */
export function awsIamRoles(namespace?: string): string {
  const within = namespace === undefined ? '' : `namespaces/${namespace}/`;
  return `/apis/${AWSIAMROLE.apiVersion}/${within}${AWSIAMROLE.plural}`;
}

/** What an AWSIAMRole begins with in every body. */
export const HEADER = { apiVersion: AWSIAMROLE.apiVersion, kind: AWSIAMROLE.kind };

/** The custom resource definition of AWSIAMRoles, as the chart has it. */
export function awsIamRoleDefinition(): Readonly<Record<string, unknown>> {
  const text = readFileSync(join(CHART_FOLDER, DEFINITION_FILE), 'utf8');
  // What says that it is of a kind it knows, the reader gives the names of that kind's class.
  const [unversioned] = loadAllYaml(text.replace(/^apiVersion: .*$/m, ''));
  return { apiVersion: 'apiextensions.k8s.io/v1', ...unversioned };
}

/** Installs that definition in a cluster, and is there when AWSIAMRoles are served. */
export async function installAwsIamRoles(api: ApiClient): Promise<void> {
  const { status, body } = await api.send('POST', DEFINITIONS, { body: awsIamRoleDefinition() });
  if (status !== 201) throw new Error(JSON.stringify(body));
  await waitUntil('AWSIAMRoles to be served', async () => {
    const answer = await api.open('GET', awsIamRoles());
    await answer.text();
    return answer.status === 200 || undefined;
  });
}
