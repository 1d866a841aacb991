import assert from 'node:assert/strict';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import type { AwsIamRoleStatus } from '../../lambda/observe/awsiamroles.ts';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import type { Installation } from '../installation/installation.ts';
import { addTrustingRole } from '../installation/trusting-role.ts';
import { waitUntil } from '../wait-until.ts';
import type { ChangeLine } from './change-lines.ts';

const { group, version, plural, apiVersion, kind } = AWSIAMROLE;
const REPORTS = { group, version, plural, namespace: 'shop', name: 'reports' };
const ROLE = 'team/Demo-Reports';

/** Creates an AWSIAMRole for a role whose name cannot be part of a Secret's name, shows its status, and deletes it. */
export async function showAwsIamRole(
  installation: Installation,
  changes: ChangeLine[],
  print: PrintDetail,
): Promise<void> {
  const { admin, cloud, customObjects } = installation;
  addTrustingRole(installation, ROLE);
  const metadata = { name: REPORTS.name };
  const body = { apiVersion, kind, metadata, spec: { roleReference: ROLE } };
  await customObjects.createNamespacedCustomObject({ ...REPORTS, body });
  print(`AWSIAMRole shop/${REPORTS.name} requests role ${ROLE}; the forwarder sends an event`);
  const { conditions, expiration } = await waitForStatus(installation);
  await cloud.eventBridge.settled();
  for (const { text } of changes.splice(0)) print(text);
  const [ready] = conditions ?? [];
  assert(ready?.status === 'True', `the AWSIAMRole is not Ready: ${ready?.message}`);
  print(`status: Ready, ${ready.message}, expires ${expiration}`);
  await customObjects.deleteNamespacedCustomObject(REPORTS);
  await waitUntil('the Secret to be deleted with its AWSIAMRole', async () => {
    const { items } = await admin.listNamespacedSecret({ namespace: 'shop' });
    return items.every((secret) => secret.metadata?.name !== REPORTS.name) || undefined;
  });
  print('the AWSIAMRole is deleted, and its Secret with it');
}

function waitForStatus({ customObjects }: Installation): Promise<AwsIamRoleStatus> {
  return waitUntil(`a status of AWSIAMRole ${REPORTS.name}`, async () => {
    const { status }: { status?: AwsIamRoleStatus } =
      await customObjects.getNamespacedCustomObject(REPORTS);
    return status;
  });
}
