import type { V1Container, V1Deployment, V1PodTemplateSpec } from '@kubernetes/client-node';
import { FORWARDER_SERVICE_ACCOUNT } from '../../../contract/forwarder.ts';
import { type Manifest, manifestNamed } from './helm.ts';

/** The pod template of the chart's Deployment. */
export function forwarderPod(manifests: readonly Manifest[]): V1PodTemplateSpec {
  const deployment = manifestNamed(manifests, 'Deployment', FORWARDER_SERVICE_ACCOUNT);
  const { spec } = deployment as V1Deployment;
  if (spec === undefined) throw new Error('the Deployment has no spec');
  return spec.template;
}

/** The only container of the pod template. */
export function forwarderContainer(manifests: readonly Manifest[]): V1Container {
  const [container, ...more] = forwarderPod(manifests).spec?.containers ?? [];
  if (container === undefined || more.length > 0) throw new Error('there is not one container');
  return container;
}

/** The container's environment. */
export function forwarderEnvironment(
  manifests: readonly Manifest[],
): Readonly<Record<string, string>> {
  const env = forwarderContainer(manifests).env ?? [];
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
}
