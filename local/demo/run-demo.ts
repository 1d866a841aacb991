import { rm } from 'node:fs/promises';
import { MOUNT_PATH } from '../../contract/secret.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import { watchChanges } from './change-lines.ts';
import type { InstallOnCluster } from '../installation/installed-cluster.ts';
import { showFirstRefresh } from './show-first-refresh.ts';
import { showPodEvent, startForwarder } from './show-pod-event.ts';
import { showAwsIamRole } from './show-awsiamrole.ts';
import { readWithSdk, showVolume } from './show-volume.ts';
import { showRenewal } from './show-renewal.ts';
import { showRemoval } from './show-removal.ts';
import { showSummary } from './show-summary.ts';
import { createPods } from './create-pods.ts';
import { startInstallation, synthesizeProduct, createTemporaryFolder } from '../installation/installation.ts';

/**
 * Tells the whole story on the terminal, on the cluster that is started for it.
 *
 * @throws when anything is not as it should be; the step that failed is shown
 */
export async function runDemo(terminal: Terminal, startCluster: InstallOnCluster): Promise<void> {
  const folder = await createTemporaryFolder();
  // In the order in which they were started; what was started last ends first.
  const stops = [() => rm(folder, { recursive: true, force: true })];
  try {
    const assembly = await terminal.step('Synthesize the CDK stack', async (say) => {
      const assemblyDir = await synthesizeProduct(folder);
      say(
        'the CloudFormation template and the bundled functions that `npx cdk deploy` would deploy',
      );
      return assemblyDir;
    });
    const world = await terminal.step(
      'Start a Kubernetes API and an AWS on loopback',
      async (say) => {
        const started = await startInstallation(folder, assembly, startCluster, say);
        for (const name of started.cloud.functions.names)
          say(`function ${name}, from the template`);
        return started;
      },
    );
    stops.push(world.stop);
    const changes = watchChanges(world.cloud.logs);
    await terminal.step('Create roles, namespaces that allow them, and pods', (say) =>
      createPods(world, say),
    );
    await terminal.step('A minute passes: the refresh makes what pending pods wait for', (say) =>
      showFirstRefresh(world, changes, say),
    );
    const forwarder = await terminal.step(
      'The forwarder starts, on credentials of its own Secret',
      (say) => startForwarder(world, say),
    );
    stops.push(async () => void (await forwarder.stop()));
    await terminal.step('A pod comes between two ticks, and is announced', (say) =>
      showPodEvent(world, changes, 'search', say),
    );
    await terminal.step('An AWSIAMRole names a role with a path and capitals', (say) =>
      showAwsIamRole(world, changes, say),
    );
    await terminal.step(`The volume of pod shop/web, at ${MOUNT_PATH}`, (say) =>
      showVolume(world, say),
    );
    const pods = await terminal.step('The AWS SDK reads it', (say) => readWithSdk(world, say));
    for (const pod of pods) stops.push(async () => pod.stop());
    await terminal.step('70 minutes pass: Secrets are renewed before they end', (say) =>
      showRenewal(world, changes, pods, say),
    );
    await terminal.step(
      'Another pod comes; the forwarder has read its own renewed credentials',
      (say) => showPodEvent(world, changes, 'basket', say),
    );
    await terminal.step('Pods go: their Secrets are marked, and removed after 30 minutes', (say) =>
      showRemoval(world, changes, say),
    );
    await showSummary(world, terminal);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
