import { awsIamRoles, HEADER } from '../support/chart/awsiamrole-definition.ts';
import type { FaultEnvironment } from './fault-environment.ts';

/** Two namespaces in which every kind of work is due. */
export interface Fixture {
  readonly name: string;
  readonly shop: string;
  readonly bank: string;
}

/** The interval between refresh passes, in seconds. */
export const MINUTE = 60;

/** After this time, each Secret of the fixture is due for renewal, and the unused one for removal. */
const DUE_AFTER = 36 * MINUTE;

/**
 * Creates a fixture. A pod in each namespace uses a Secret of the same name, an AWSIAMRole has its Secret, and one Secret has been
 * unused for 36 minutes. One pod waits for its Secret, and another requests a name that a tenant's Secret has.
 */
export async function createFixture(env: FaultEnvironment, name: string): Promise<Fixture> {
  const { users, observer } = env;
  const fixture = { name, shop: `${name}-shop`, bank: `${name}-bank` };
  const { shop, bank } = fixture;
  await users.createNamespace(shop);
  await users.createNamespace(bank);
  await users.createPod(shop, 'web', 'aws-iam-app-orders');
  await users.createPod(bank, 'web', 'aws-iam-app-orders');
  await users.createPod(shop, 'old', 'aws-iam-app-old');
  await users.create(awsIamRoles(shop), {
    ...HEADER,
    metadata: { name: 'report' },
    spec: { roleReference: 'app-report' },
  });
  await users.create(`/api/v1/namespaces/${shop}/secrets`, {
    metadata: { name: 'aws-iam-app-mine' },
    stringData: { mine: 'yes' },
  });
  await users.createPod(shop, 'mine', 'aws-iam-app-mine');
  await env.refresh();
  await users.startPod(shop, 'web');
  await users.startPod(bank, 'web');
  await users.remove(`/api/v1/namespaces/${shop}/pods/old`);
  await env.sweep();
  await advanceUntilDue(env);
  await users.createPod(shop, 'late', 'aws-iam-app-late');
  await observer.catchUp();
  return fixture;
}

/** Advances the clock until each Secret is due for renewal, and a marked Secret for removal. */
export async function advanceUntilDue({ observer }: FaultEnvironment): Promise<void> {
  await observer.advance(DUE_AFTER);
}

/** Returns the Secrets of the fixture, without its name in their namespaces. */
export function stateOf(env: FaultEnvironment, { name }: Fixture): readonly string[] {
  return env.observer
    .endState()
    .filter((line) => line.startsWith(`${name}-`))
    .map((line) => line.slice(name.length + 1));
}

/** Deletes all objects of the fixture. The namespaces stay, as their deletion takes time. */
export async function removeFixture(
  { users }: FaultEnvironment,
  { shop, bank }: Fixture,
): Promise<void> {
  await users.remove(`${awsIamRoles(shop)}/report`);
  for (const namespace of [shop, bank]) {
    for (const pod of ['web', 'mine', 'late'].slice(0, namespace === shop ? 3 : 1)) {
      await users.remove(`/api/v1/namespaces/${namespace}/pods/${pod}`);
    }
    for (const secret of SECRETS) {
      await users.remove(`/api/v1/namespaces/${namespace}/secrets/${secret}`);
    }
  }
}

/** Names of the Secrets that a fixture may leave. */
const SECRETS = ['aws-iam-app-orders', 'aws-iam-app-late', 'aws-iam-app-mine', 'report'];
