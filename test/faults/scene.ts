import { awsIamRoles, HEADER } from '../support/awsiamrole-definition.ts';
import type { FaultWorld } from './fault-world.ts';

/** What a fault meets: two namespaces in which all that the product does is due. */
export interface Scene {
  readonly name: string;
  readonly shop: string;
  readonly bank: string;
}

/** A minute, in seconds: ticks are so far apart. */
export const MINUTE = 60;

/** From here on each Secret of the scene is to be renewed, and the one that nobody uses to be removed. */
const DUE_AFTER = 36 * MINUTE;

/**
 * Sets a scene: a pod of either namespace runs on a Secret of one name, an AWSIAMRole has its own, one Secret is unused for 36
 * minutes, one pod waits for a Secret, and another for a name that somebody else's Secret has.
 */
export async function setScene(world: FaultWorld, name: string): Promise<Scene> {
  const { people, witness } = world;
  const scene = { name, shop: `${name}-shop`, bank: `${name}-bank` };
  const { shop, bank } = scene;
  await people.createNamespace(shop);
  await people.createNamespace(bank);
  await people.createPod(shop, 'web', 'aws-iam-app-orders');
  await people.createPod(bank, 'web', 'aws-iam-app-orders');
  await people.createPod(shop, 'old', 'aws-iam-app-old');
  await people.create(awsIamRoles(shop), {
    ...HEADER,
    metadata: { name: 'report' },
    spec: { roleReference: 'app-report' },
  });
  await people.create(`/api/v1/namespaces/${shop}/secrets`, {
    metadata: { name: 'aws-iam-app-mine' },
    stringData: { mine: 'yes' },
  });
  await people.createPod(shop, 'mine', 'aws-iam-app-mine');
  await world.refresh();
  await people.startPod(shop, 'web');
  await people.startPod(bank, 'web');
  await people.remove(`/api/v1/namespaces/${shop}/pods/old`);
  await world.sweep();
  await awaitDue(world);
  await people.createPod(shop, 'late', 'aws-iam-app-late');
  await witness.caughtUp();
  return scene;
}

/** Goes on to where each Secret is due to be renewed, and one that was marked as unused to be removed. */
export async function awaitDue({ witness }: FaultWorld): Promise<void> {
  await witness.advance(DUE_AFTER);
}

/** What of the scene's Secrets there is, the namespaces named as in every scene. */
export function stateOf(world: FaultWorld, { name }: Scene): readonly string[] {
  return world.witness
    .endState()
    .filter((line) => line.startsWith(`${name}-`))
    .map((line) => line.slice(name.length + 1));
}

/** Takes all away that the product would go on with. The namespaces stay: they take their time to end. */
export async function leaveScene({ people }: FaultWorld, { shop, bank }: Scene): Promise<void> {
  await people.remove(`${awsIamRoles(shop)}/report`);
  for (const namespace of [shop, bank]) {
    for (const pod of ['web', 'mine', 'late'].slice(0, namespace === shop ? 3 : 1)) {
      await people.remove(`/api/v1/namespaces/${namespace}/pods/${pod}`);
    }
    for (const secret of OF_SCENE) {
      await people.remove(`/api/v1/namespaces/${namespace}/secrets/${secret}`);
    }
  }
}

/** The Secrets that a scene may leave. */
const OF_SCENE = ['aws-iam-app-orders', 'aws-iam-app-late', 'aws-iam-app-mine', 'report'];
