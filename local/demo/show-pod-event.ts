import { join } from 'node:path';
import { type CredentialRequestEvent, requestedSecretName } from '../../contract/pod-event.ts';
import { SECRET_NAME_PREFIX } from '../../contract/secret.ts';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { type ForwarderProcess, startForwarderProcess } from '../forwarder/forwarder-process.ts';
import { eventually } from '../workload/eventually.ts';
import { forwarderPod, forwarderSecret, installedValues } from '../installation/forwarder-pod.ts';
import { createPod, waitUntilRunning } from '../installation/pods.ts';
import { volumeFolder } from '../installation/volumes.ts';
import type { ChangeLine } from './change-lines.ts';
import { expect } from './expect.ts';
import { addTrustingRole } from './create-pods.ts';
import type { Installation } from '../installation/installation.ts';

/** Starts the forwarder as its pod would, once the kubelet has mounted what the refresh made for it. */
export async function startForwarder(world: Installation, say: PrintDetail): Promise<ForwarderProcess> {
  const { cloud, chart, cluster, clock, folder } = world;
  const { uid, ...pod } = await forwarderPod(world);
  await waitUntilRunning(world, pod);
  const forwarder = await startForwarderProcess({
    chart: { folder: chart.chartFolder, values: installedValues(chart) },
    cluster: { ...cluster, token: await cluster.forwarderToken(uid) },
    mounted: await volumeFolder(world, pod),
    eventBridgeUrl: cloud.eventBridge.url,
    clock,
    folder: join(folder, 'forwarder'),
  });
  await eventually('the forwarder is ready', async () => {
    const { ok } = await fetch(`${forwarder.url}/readyz`);
    return ok || undefined;
  });
  // It has announced the pods that wait in vain.
  await cloud.eventBridge.settled();
  const role = forwarderSecret(chart).slice(SECRET_NAME_PREFIX.length);
  say(`it watches pending pods, with the role ${role} from its own Secret`);
  return forwarder;
}

/**
 * Makes a pod between two ticks, follows it, and says when it got how far. The bus and the sessions are on this machine:
 * on AWS, EventBridge takes some 100 ms and STS 50.
 */
export async function showPodEvent(
  world: Installation,
  changes: ChangeLine[],
  name: string,
  say: PrintDetail,
): Promise<void> {
  const { cloud, clock } = world;
  const role = `demo-${name}`;
  const secret = `${SECRET_NAME_PREFIX}${role}`;
  addTrustingRole(world, role);
  const created = clock.now().getTime();
  await createPod(world, { namespace: 'shop', name, secrets: [secret] });
  await waitUntilRunning(world, { namespace: 'shop', name });
  const running = clock.now().getTime();
  await cloud.eventBridge.settled();

  const told = cloud.eventBridge.events.flatMap(({ at, event, matchedRuleArns }) => {
    const { wanted } = event.detail as unknown as CredentialRequestEvent;
    const want = wanted.find((one) => requestedSecretName(one) === secret);
    return want === undefined ? [] : [{ at, want, rule: matchedRuleArns[0] }];
  })[0];
  expect(told !== undefined, `the forwarder announces pod ${name}`);
  expect(told.rule !== undefined, 'the rule of the template matches');
  const served = cloud.functions.invocations.findLast(({ event }) =>
    JSON.stringify(event).includes(`"${secret}"`),
  );
  expect(served !== undefined, 'the refresh function gets the event');
  const after = (instant: number) => `after ${String(instant - created).padStart(4)} ms:`;
  say(`${after(Date.parse(told.want.seenAt))} the forwarder sees pod shop/${name}`);
  say(
    `${after(told.at.getTime())} EventBridge has the event, and rule ${told.rule.split('/').at(-1)} matches`,
  );
  say(`${after(served.startedAt.getTime())} the refresh function is invoked`);
  for (const line of changes.splice(0)) say(`          ${line.text}`);
  say(`${after(running)} pod shop/${name} is Running`);
}
