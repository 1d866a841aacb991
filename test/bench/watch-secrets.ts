import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { MANAGED_SELECTOR } from '../../lambda/contract/secret.ts';
import type { ApiClient } from '../support/api-client.ts';

/** Tells when Secrets appear, by the machine's clock in milliseconds since 1970. */
export interface SecretWatch {
  /** When the Secret appeared; waits for it. */
  appeared(namespace: string, name: string): Promise<number>;
  stop(): void;
}

/** Watches all managed Secrets from now on, as metadata. */
export async function watchSecrets(admin: ApiClient): Promise<SecretWatch> {
  const abort = new AbortController();
  const seen = new Map<string, PromiseWithResolvers<number>>();
  const at = (key: string) => {
    const known = seen.get(key) ?? Promise.withResolvers<number>();
    seen.set(key, known);
    return known;
  };
  const query = new URLSearchParams({ watch: 'true', labelSelector: MANAGED_SELECTOR });
  const { body } = await admin.open('GET', `/api/v1/secrets?${query}`, { signal: abort.signal });
  const lines = createInterface({ input: Readable.fromWeb(body as ReadableStream) });
  lines.on('line', (line) => {
    const now = Date.now();
    const { type, object } = JSON.parse(line);
    if (type === 'ADDED') at(`${object.metadata.namespace}/${object.metadata.name}`).resolve(now);
  });
  lines.on('error', () => undefined);
  return {
    appeared: (namespace, name) => at(`${namespace}/${name}`).promise,
    stop: () => abort.abort(),
  };
}
