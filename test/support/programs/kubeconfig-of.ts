import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../temporary-folder.ts';

/** A context and the server of its cluster. */
interface ContextParts {
  readonly context: string;
  /** @default - a name that contains that of the context */
  readonly server?: unknown;
}

/** Writes a kubeconfig with several contexts and returns its path. */
export function kubeconfigOf(contexts: readonly ContextParts[], currentContext?: string): string {
  const file = join(temporaryFolder(), 'kubeconfig');
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': currentContext,
      clusters: contexts.map(({ context, server }) => ({
        name: context,
        cluster: { server: server ?? `https://${context}.example.com` },
      })),
      contexts: contexts.map(({ context }) => ({ name: context, context: { cluster: context } })),
    }),
    { mode: 0o600 },
  );
  return file;
}
