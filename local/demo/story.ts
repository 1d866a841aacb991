import { rm } from 'node:fs/promises';
import { MOUNT_PATH } from '../../contract/secret.ts';
import { watchChanges } from './change-lines.ts';
import type { StartDemoCluster } from './demo-cluster.ts';
import { passFirstMinute } from './first-minute.ts';
import { announcePod, startForwarder } from './forwarding.ts';
import { nameByResource } from './naming.ts';
import { askWho, showVolume } from './reading.ts';
import { passRenewal } from './renewal.ts';
import { retire } from './retirement.ts';
import type { Screen } from './screen.ts';
import { summarize } from './summary.ts';
import { createWorkload } from './workload.ts';
import { startWorld, synthesizeDemo, temporaryFolder } from './world.ts';

/**
 * Tells the whole story on the screen, on the cluster that is started for it.
 *
 * @throws when anything is not as it should be; the step that failed is shown
 */
export async function tellStory(screen: Screen, startCluster: StartDemoCluster): Promise<void> {
  const folder = await temporaryFolder();
  // In the order in which they were started; what was started last ends first.
  const stops = [() => rm(folder, { recursive: true, force: true })];
  try {
    const assembly = await screen.step('Synthesize the CDK stack', async (say) => {
      const assemblyDir = await synthesizeDemo(folder);
      say(
        'the CloudFormation template and the bundled functions that `npx cdk deploy` would deploy',
      );
      return assemblyDir;
    });
    const world = await screen.step(
      'Start a Kubernetes API and an AWS on loopback',
      async (say) => {
        const started = await startWorld(folder, assembly, startCluster, say);
        for (const name of started.cloud.functions.names)
          say(`function ${name}, from the template`);
        return started;
      },
    );
    stops.push(world.stop);
    const changes = watchChanges(world.cloud.logs);
    await screen.step('Create roles, namespaces that allow them, and pods', (say) =>
      createWorkload(world, say),
    );
    await screen.step('A minute passes: the refresh makes what pending pods wait for', (say) =>
      passFirstMinute(world, changes, say),
    );
    const forwarder = await screen.step(
      'The forwarder starts, on credentials of its own Secret',
      (say) => startForwarder(world, say),
    );
    stops.push(async () => void (await forwarder.stop()));
    await screen.step('A pod comes between two ticks, and is announced', (say) =>
      announcePod(world, changes, 'search', say),
    );
    await screen.step('An AWSIAMRole names a role with a path and capitals', (say) =>
      nameByResource(world, changes, say),
    );
    await screen.step(`The volume of pod shop/web, at ${MOUNT_PATH}`, (say) =>
      showVolume(world, say),
    );
    const pods = await screen.step('The AWS SDK reads it', (say) => askWho(world, say));
    for (const pod of pods) stops.push(async () => pod.stop());
    await screen.step('70 minutes pass: Secrets are renewed before they end', (say) =>
      passRenewal(world, changes, pods, say),
    );
    await screen.step(
      'Another pod comes; the forwarder has read its own renewed credentials',
      (say) => announcePod(world, changes, 'basket', say),
    );
    await screen.step('Pods go: their Secrets are marked, and removed after 30 minutes', (say) =>
      retire(world, changes, say),
    );
    await summarize(world, screen);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
