import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  type ApiBody,
  type ApiClient,
  type ApiServer,
  apiClient,
} from '../../../local/api-client.ts';

/** An API server under test. */
export interface ContractServer extends ApiServer {
  /** Makes continue tokens of before expire. */
  compactHistory(): Promise<void>;
}

/** What a test works with: an admin client, and its own namespace. */
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

/** Calls `describe` with a new namespace. */
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
      if (!context) throw new Error('the context is available in tests and hooks only');
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

/** Returns a valid pod. */
export function podBody(name: string, labels: Record<string, string> = {}): object {
  return { metadata: { name, labels }, spec: { containers: [{ name: 'app', image: 'app' }] } };
}

/** Returns the names in a list, in its order. */
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
