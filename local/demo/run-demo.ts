import { rm } from 'node:fs/promises';
import { MOUNT_PATH, SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import type { StartEnvironmentProcess } from '../aws/lambda/environment-process.ts';
import { forwarderSecret } from '../installation/forwarder-pod.ts';
import {
  createTemporaryFolder,
  startInstallation,
  synthesizeProduct,
} from '../installation/installation.ts';
import type { InstallOnCluster } from '../installation/installed-cluster.ts';
import { startInstalledForwarder } from '../installation/start-forwarder.ts';
import { watchChanges } from './change-lines.ts';
import { createPods } from './create-pods.ts';
import { showAwsIamRole } from './show-awsiamrole.ts';
import { showFirstRefresh } from './show-first-refresh.ts';
import { showPodEvent } from './show-pod-event.ts';
import { showRemoval } from './show-removal.ts';
import { showRenewal } from './show-renewal.ts';
import { showSummary } from './show-summary.ts';
import { readWithSdk, showVolume } from './show-volume.ts';

/**
 * Runs the demo on the given cluster, step by step.
 *
 * @param startProcess - starts the processes of the functions; by default, with the embedded runtime
 * @throws Error when a result is not as expected
 */
export async function runDemo(
  terminal: Terminal,
  installOnCluster: InstallOnCluster,
  startProcess?: StartEnvironmentProcess,
): Promise<void> {
  const folder = await createTemporaryFolder();
  // In starting order; stopped in reverse.
  const stops = [() => rm(folder, { recursive: true, force: true })];
  try {
    const assembly = await terminal.step('Synthesize the CDK stack', async (print) => {
      const assemblyDir = await synthesizeProduct(folder);
      print('the template and the function bundles that `npx cdk deploy` deploys');
      return assemblyDir;
    });
    const installation = await terminal.step(
      'Start a Kubernetes API and AWS on this machine',
      async (print) => {
        const started = await startInstallation(folder, assembly, installOnCluster, print, {
          startProcess,
        });
        for (const name of started.cloud.functions.names)
          print(`function ${name}, from the template`);
        return started;
      },
    );
    stops.push(installation.stop);
    const changes = watchChanges(installation.cloud.logs);
    await terminal.step('Create IAM roles, namespaces and pods', (print) =>
      createPods(installation, print),
    );
    await terminal.step(
      'One minute passes: the refresh creates Secrets for pending pods',
      (print) => showFirstRefresh(installation, changes, print),
    );
    const forwarder = await terminal.step('Start the forwarder', async (print) => {
      const started = await startInstalledForwarder(installation);
      const role = forwarderSecret(installation.chart).slice(SECRET_NAME_PREFIX.length);
      print(`it watches pending pods, with the credentials of role ${role} from its own Secret`);
      return started;
    });
    stops.push(async () => void (await forwarder.stop()));
    await terminal.step(
      'Create a pod between two refreshes: the forwarder sends an event',
      (print) => showPodEvent(installation, changes, 'search', print),
    );
    await terminal.step(
      'Create an AWSIAMRole for a role with a path and capital letters',
      (print) => showAwsIamRole(installation, changes, print),
    );
    await terminal.step(`List the files of pod shop/web at ${MOUNT_PATH}`, (print) =>
      showVolume(installation, print),
    );
    const pods = await terminal.step('Read them with the AWS SDK', (print) =>
      readWithSdk(installation, print),
    );
    for (const pod of pods) stops.push(async () => pod.stop());
    await terminal.step('70 minutes pass: Secrets are renewed before they expire', (print) =>
      showRenewal(installation, changes, pods, print),
    );
    await terminal.step(
      'Create another pod: the forwarder has read its renewed credentials',
      (print) => showPodEvent(installation, changes, 'basket', print),
    );
    await terminal.step(
      'Delete pods: their Secrets are marked, and removed 30 minutes later',
      (print) => showRemoval(installation, changes, print),
    );
    await showSummary(installation, terminal);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
