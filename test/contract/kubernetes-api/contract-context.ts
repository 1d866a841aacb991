import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  type ApiBody,
  type ApiClient,
  type ApiServer,
  apiClient,
} from '../../../local/api-client.ts';

/** An API server that the contract is tried on. */
export interface ContractServer extends ApiServer {
  /** Makes continue tokens of before expire. */
  compactHistory(): Promise<void>;
}

/** What a test works with: an admin, and a namespace that nobody else uses. */
export interface ContractContext {
  readonly api: ApiClient;
  readonly server: ContractServer;
  readonly namespace: string;
  readonly secrets: string;
  readonly pods: string;
  /** Events of `events.k8s.io/v1`. */
  readonly events: string;
}

/** A part of the contract. */
export type ContractSuite = (server: () => ContractServer) => void;

/** `describe` with a namespace of its own. */
export function describeInNamespace(
  title: string,
  server: () => ContractServer,
  suite: (context: () => ContractContext) => void,
): void {
  describe(title, () => {
    let context: ContractContext | undefined;
    beforeAll(async () => {
      context = await newContext(server());
    });
    afterAll(() => context?.api.close());
    suite(() => {
      if (!context) throw new Error('the context is there once tests run');
      return context;
    });
  });
}

async function newContext(server: ContractServer): Promise<ContractContext> {
  const api = apiClient(server);
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
  const core = `/api/v1/namespaces/${namespace}`;
  return {
    api,
    server,
    namespace,
    secrets: `${core}/secrets`,
    pods: `${core}/pods`,
    events: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  };
}

/** A pod that the API takes. */
export function podBody(name: string, labels: Record<string, string> = {}): object {
  return { metadata: { name, labels }, spec: { containers: [{ name: 'app', image: 'app' }] } };
}

/** The names in a list, as they came. */
export function namesOf({ items }: ApiBody): readonly string[] {
  return items.map(({ metadata }) => metadata.name);
}

/** Creates Secrets that are labelled with their name, and with its first letter as their `kind`. */
export async function seedSecrets(
  { api, secrets }: ContractContext,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const labels = { [`is-${name}`]: name, kind: name.slice(0, 1) };
    await api.send('POST', secrets, { body: { metadata: { name, labels } } });
  }
}
