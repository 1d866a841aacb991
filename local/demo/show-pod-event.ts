import assert from 'node:assert/strict';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import { type CredentialRequestEvent, requestedSecretName } from '../../contract/pod-event.ts';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import type { Installation } from '../installation/installation.ts';
import { createPod, waitUntilRunning } from '../installation/pods.ts';
import { addTrustingRole } from '../installation/trusting-role.ts';
import type { ChangeLine } from './change-lines.ts';

/**
 * Creates a pod between two refreshes, and shows when its event, its Secret and its start happen. EventBridge and STS are
 * embedded: on AWS they add about 100 ms and 50 ms.
 */
export async function showPodEvent(
  installation: Installation,
  changes: ChangeLine[],
  name: string,
  print: PrintDetail,
): Promise<void> {
  const { cloud, clock } = installation;
  const role = `demo-${name}`;
  const secret = `${SECRET_NAME_PREFIX}${role}`;
  addTrustingRole(installation, role);
  const createdAt = clock.now().getTime();
  await createPod(installation, { namespace: 'shop', name, secrets: [secret] });
  await waitUntilRunning(installation, { namespace: 'shop', name });
  const runningAt = clock.now().getTime();
  await cloud.eventBridge.settled();

  const sent = findRequest(installation, secret);
  assert(sent !== undefined, `the forwarder sent no event for pod ${name}`);
  assert(sent.ruleArn !== undefined, 'no rule of the template matches the event');
  const invocation = cloud.functions.invocations.findLast(({ event }) =>
    JSON.stringify(event).includes(`"${secret}"`),
  );
  assert(invocation !== undefined, 'the events function did not receive the event');
  const after = (instant: number) => `after ${String(instant - createdAt).padStart(4)} ms:`;
  const rule = sent.ruleArn.split('/').at(-1);
  print(`${after(Date.parse(sent.request.seenAt))} the forwarder sees pod shop/${name}`);
  print(`${after(sent.at.getTime())} EventBridge receives the event, and rule ${rule} matches`);
  print(`${after(invocation.startedAt.getTime())} Lambda invokes the events function`);
  for (const line of changes.splice(0)) print(`          ${line.text}`);
  print(`${after(runningAt)} pod shop/${name} is Running`);
}

/** Finds the credential request for a Secret among the events on the bus. */
function findRequest({ cloud }: Installation, secret: string) {
  for (const { at, event, matchedRuleArns } of cloud.eventBridge.events) {
    const { wanted } = event.detail as unknown as CredentialRequestEvent;
    const request = wanted.find((one) => requestedSecretName(one) === secret);
    if (request !== undefined) return { at, request, ruleArn: matchedRuleArns[0] };
  }
  return undefined;
}
