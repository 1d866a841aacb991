import { AWSIAMROLE } from '../../contract/awsiamrole.ts';
import type { AwsIamRoleStatus } from '../../lambda/observe/awsiamroles.ts';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { eventually } from '../workload/eventually.ts';
import type { ChangeLine } from './change-lines.ts';
import { expect } from './expect.ts';
import { addTrustingRole } from './create-pods.ts';
import type { Installation } from '../installation/installation.ts';

const { group, version, plural, apiVersion, kind } = AWSIAMROLE;
const REPORTS = { group, version, plural, namespace: 'shop', name: 'reports' };
const ROLE = 'team/Demo-Reports';

/** An AWSIAMRole names a role that no Secret's name can hold, is told how it went, and goes with its Secret. */
export async function showAwsIamRole(
  world: Installation,
  changes: ChangeLine[],
  say: PrintDetail,
): Promise<void> {
  const { cloud, customObjects } = world;
  addTrustingRole(world, ROLE);
  const metadata = { name: REPORTS.name };
  const body = { apiVersion, kind, metadata, spec: { roleReference: ROLE } };
  await customObjects.createNamespacedCustomObject({ ...REPORTS, body });
  say(`AWSIAMRole shop/${REPORTS.name} names role ${ROLE}; the forwarder announces it`);
  const { conditions, expiration } = await untilTold(world);
  await cloud.eventBridge.settled();
  for (const { text } of changes.splice(0)) say(text);
  const [ready] = conditions ?? [];
  expect(ready?.status === 'True', `the AWSIAMRole is Ready: ${ready?.message}`);
  say(`its status: Ready, ${ready.message}, until ${expiration}`);
  await customObjects.deleteNamespacedCustomObject(REPORTS);
  await eventually('the Secret goes with its AWSIAMRole', async () => {
    const { items } = await world.admin.listNamespacedSecret({ namespace: 'shop' });
    return items.every((secret) => secret.metadata?.name !== REPORTS.name) || undefined;
  });
  say('it is deleted, and its Secret with it');
}

function untilTold({ customObjects }: Installation): Promise<AwsIamRoleStatus> {
  return eventually(`AWSIAMRole ${REPORTS.name} is told how it went`, async () => {
    const { status }: { status?: AwsIamRoleStatus } =
      await customObjects.getNamespacedCustomObject(REPORTS);
    return status;
  });
}
