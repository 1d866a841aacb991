import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { AWSIAMROLE } from '../../../contract/kubernetes/awsiamrole.ts';
import type { ApiClient } from '../../../local/api-client.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { CHART_FOLDER } from './helm.ts';

/** Path of custom resource definitions. */
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Name of the custom resource definition of AWSIAMRoles. */
export const DEFINITION_NAME = `${AWSIAMROLE.plural}.${AWSIAMROLE.group}`;

/** Its file in the chart. The template adds labels. */
export const DEFINITION_FILE = `definitions/${DEFINITION_NAME}.yaml`;

/** Path of the AWSIAMRoles of one namespace, or of all. */
export function awsIamRoles(namespace?: string): string {
  const within = namespace === undefined ? '' : `namespaces/${namespace}/`;
  return `/apis/${AWSIAMROLE.apiVersion}/${within}${AWSIAMROLE.plural}`;
}

/** The first fields of each AWSIAMRole. */
export const HEADER = { apiVersion: AWSIAMROLE.apiVersion, kind: AWSIAMROLE.kind };

/** The custom resource definition of AWSIAMRoles, as the chart has it. */
export function awsIamRoleDefinition(): Readonly<Record<string, unknown>> {
  const text = readFileSync(join(CHART_FOLDER, DEFINITION_FILE), 'utf8');
  // The reader uses the property names of its class for a kind that it knows.
  const [unversioned] = loadAllYaml(text.replace(/^apiVersion: .*$/m, ''));
  return { apiVersion: 'apiextensions.k8s.io/v1', ...unversioned };
}

/** Installs the definition in a cluster, and waits until AWSIAMRoles are served. */
export async function installAwsIamRoles(api: ApiClient): Promise<void> {
  const { status, body } = await api.send('POST', DEFINITIONS, { body: awsIamRoleDefinition() });
  if (status !== 201) throw new Error(JSON.stringify(body));
  await waitUntil('AWSIAMRoles to be served', async () => {
    const answer = await api.open('GET', awsIamRoles());
    await answer.text();
    return answer.status === 200 || undefined;
  });
}
