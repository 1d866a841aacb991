import { rm } from 'node:fs/promises';
import { MOUNT_PATH } from '../../contract/secret.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import { watchChanges } from './change-lines.ts';
import type { StartDemoCluster } from '../installation/installation-cluster.ts';
import { passFirstMinute } from './first-refresh.ts';
import { announcePod, startForwarder } from './announce-pod.ts';
import { nameByResource } from './awsiamrole.ts';
import { askWho, showVolume } from './read-volume.ts';
import { passRenewal } from './renewal.ts';
import { retire } from './removal.ts';
import { summarize } from './summary.ts';
import { createWorkload } from './pods.ts';
import { startWorld, synthesizeDemo, temporaryFolder } from '../installation/installation.ts';

/**
 * Tells the whole story on the terminal, on the cluster that is started for it.
 *
 * @throws when anything is not as it should be; the step that failed is shown
 */
export async function tellStory(terminal: Terminal, startCluster: StartDemoCluster): Promise<void> {
  const folder = await temporaryFolder();
  // In the order in which they were started; what was started last ends first.
  const stops = [() => rm(folder, { recursive: true, force: true })];
  try {
    const assembly = await terminal.step('Synthesize the CDK stack', async (say) => {
      const assemblyDir = await synthesizeDemo(folder);
      say(
        'the CloudFormation template and the bundled functions that `npx cdk deploy` would deploy',
      );
      return assemblyDir;
    });
    const world = await terminal.step(
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
    await terminal.step('Create roles, namespaces that allow them, and pods', (say) =>
      createWorkload(world, say),
    );
    await terminal.step('A minute passes: the refresh makes what pending pods wait for', (say) =>
      passFirstMinute(world, changes, say),
    );
    const forwarder = await terminal.step(
      'The forwarder starts, on credentials of its own Secret',
      (say) => startForwarder(world, say),
    );
    stops.push(async () => void (await forwarder.stop()));
    await terminal.step('A pod comes between two ticks, and is announced', (say) =>
      announcePod(world, changes, 'search', say),
    );
    await terminal.step('An AWSIAMRole names a role with a path and capitals', (say) =>
      nameByResource(world, changes, say),
    );
    await terminal.step(`The volume of pod shop/web, at ${MOUNT_PATH}`, (say) =>
      showVolume(world, say),
    );
    const pods = await terminal.step('The AWS SDK reads it', (say) => askWho(world, say));
    for (const pod of pods) stops.push(async () => pod.stop());
    await terminal.step('70 minutes pass: Secrets are renewed before they end', (say) =>
      passRenewal(world, changes, pods, say),
    );
    await terminal.step(
      'Another pod comes; the forwarder has read its own renewed credentials',
      (say) => announcePod(world, changes, 'basket', say),
    );
    await terminal.step('Pods go: their Secrets are marked, and removed after 30 minutes', (say) =>
      retire(world, changes, say),
    );
    await summarize(world, terminal);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
