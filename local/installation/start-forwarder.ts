import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startForwarderProcess } from '../forwarder/forwarder-process.ts';
import type { PodProcess } from '../pod-process/pod-process.ts';
import { waitUntil } from '../wait-until.ts';
import { forwarderPodManifest, installedValues } from './forwarder-pod.ts';
import type { Installation } from './installation.ts';
import { waitUntilRunning } from './pods.ts';
import { volumeFolder } from './volumes.ts';

/** Starts the forwarder with the credentials of its pod, once that pod runs. Returns when its first events are delivered. */
export async function startInstalledForwarder(installation: Installation): Promise<PodProcess> {
  const { cloud, chart, cluster, clock, folder } = installation;
  const { uid, ...pod } = await forwarderPodManifest(installation);
  await waitUntilRunning(installation, pod);
  const forwarder = await startForwarderProcess({
    chart: { folder: chart.chartFolder, values: installedValues(chart) },
    cluster: { ...cluster, token: await cluster.forwarderToken(uid) },
    mounted: await volumeFolder(installation, pod),
    eventBridgeUrl: cloud.eventBridge.url,
    clock,
    folder: join(folder, 'forwarder'),
  });
  await waitUntil('the forwarder to be ready', async () => {
    const line = await readFile(join(forwarder.healthFolder, 'ready'), 'utf8');
    return Number.parseInt(line, 10) > 0 || undefined;
  });
  // It has sent events for the pods that are still pending.
  await cloud.eventBridge.settled();
  return forwarder;
}
