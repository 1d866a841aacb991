import type { CredentialRequest } from '../../../../contract/pod-event.ts';
import type { SimulatedCluster } from '../cluster.ts';
import { MINUTE, SECOND } from '../virtual-time.ts';
import {
  HOSTILE_NAMESPACE,
  IN_NAMESPACE,
  MANY,
  MISSING_ROLE_PREFIX,
  objectsIn,
  type Tenant,
} from './tenant.ts';

/** One pod with thousands of names: first many useless ones, last those of Secrets that it has used before. */
export function namesThousandsOfSecrets(tenant: Tenant): void {
  const { cluster, time, random, newName, roles } = tenant;
  const count = random.pick([100, 300, 300, 300, 3_000]);
  const prefix = random.pick(['aws-iam-role-missing-', 'aws-iam-role-9', 'other-', 'aws-iam-X_']);
  const used = roles.slice(0, 2).map((role) => `aws-iam-${role}`);
  const first = newName('usual-');
  createPod(cluster, first, used);
  const useless = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const name = newName('huge-');
  const isOptional = random.chance(0.7);
  const hasVariables = random.chance(0.3);
  time.after(2 * MINUTE, () => {
    createPod(cluster, name, [...useless, ...used], { isOptional, hasVariables });
    time.after(MINUTE, () => deletePod(cluster, first));
  });
  time.after(random.int(4, 60) * MINUTE, () => deletePod(cluster, name));
}

/** A pod each second, each with other roles. */
export function createsAndDeletesPods({ cluster, time, random, newName }: Tenant): void {
  const seconds = random.pick([20, 20, 60]);
  const rolesPerPod = random.pick([1, 1, 5, 20]);
  const isMissing = random.chance(0.7);
  for (let second = 0; second < seconds; second += 1) {
    const name = newName('flapping-');
    const secretNames = Array.from({ length: rolesPerPod }, (_, i) =>
      isMissing ? `aws-iam-${MISSING_ROLE_PREFIX}${name}-${i}` : `aws-iam-role-${second % 10}${i}`,
    );
    time.after(second * SECOND, () => createPod(cluster, name, secretNames));
    time.after((second + 5) * SECOND, () => deletePod(cluster, name));
  }
}

/** Events about objects that do not exist, and about those of the others. */
export function forgesEvents({ bus, time, random, namespaces, roles }: Tenant): void {
  const events = random.pick([1, 1, 1, 6]);
  const size = random.pick([20, 20, 100]);
  for (let i = 0; i < events; i += 1) {
    const wanted = Array.from({ length: size }, (_, j): CredentialRequest => {
      const namespace = random.pick([...namespaces, HOSTILE_NAMESPACE]);
      const seenAt = time.now().toISOString();
      const name = random.pick([`aws-iam-x${i}-${j}`, `aws-iam-${random.pick(roles)}`]);
      return random.chance(0.3)
        ? { namespace, awsIamRole: name, seenAt }
        : { namespace, secret: name, pod: `pod-${random.int(1, 50)}`, seenAt };
    });
    time.after(random.int(0, 20) * SECOND, () => bus.publish(wanted));
  }
}

/** Pods that wait for roles that do not exist. */
export function requestsMissingRoles({ cluster, time, random, newName }: Tenant): void {
  const pods = random.pick([1, 1, 5, 30]);
  const maxMinutes = pods === 30 ? 6 : 40;
  for (let i = 0; i < pods; i += 1) {
    const name = newName('waiting-');
    const secretNames = Array.from(
      { length: 20 },
      (_, j) => `aws-iam-${MISSING_ROLE_PREFIX}${i}-${j}`,
    );
    createPod(cluster, name, secretNames);
    time.after(random.int(1, maxMinutes) * MINUTE, () => deletePod(cluster, name));
  }
}

/** Pods that have their Secrets are deleted together. */
export function deletesAllPodsAtOnce({ cluster, time, random, newName }: Tenant): void {
  const names = Array.from({ length: random.pick(MANY) }, () => newName('usual-'));
  for (const [i, name] of names.entries()) createPod(cluster, name, [`aws-iam-role-${i}`]);
  time.after(random.int(3, 20) * MINUTE, () => {
    for (const { metadata } of objectsIn(cluster, 'pods')) deletePod(cluster, metadata.name);
  });
}

interface PodOptions {
  readonly isOptional?: boolean;
  /** Whether a container uses the Secrets as environment variables too. */
  readonly hasVariables?: boolean;
}

function createPod(
  cluster: SimulatedCluster,
  name: string,
  secretNames: readonly string[],
  { isOptional = false, hasVariables = false }: PodOptions = {},
): void {
  const sources = secretNames.map((secret) => ({ secret: { name: secret, optional: isOptional } }));
  const env = secretNames.map((secret, i) => ({
    name: `V${i}`,
    valueFrom: { secretKeyRef: { name: secret, key: 'expire', optional: true } },
  }));
  const container = {
    name: 'c',
    image: 'app',
    volumeMounts: [{ name: 'v', mountPath: '/m' }],
    ...(hasVariables ? { env } : {}),
  };
  const spec = { containers: [container], volumes: [{ name: 'v', projected: { sources } }] };
  cluster.asAdmin('POST', `${IN_NAMESPACE}/pods`, { metadata: { name }, spec });
}

/** Deletes a pod, if it exists. */
export function deletePod(cluster: SimulatedCluster, name: string): void {
  cluster.asAdmin('DELETE', `${IN_NAMESPACE}/pods/${name}`);
}
