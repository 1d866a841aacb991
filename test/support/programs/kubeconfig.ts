import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../temporary-folder.ts';

/** Contents of a kubeconfig with one context, `test`. */
export interface KubeconfigParts {
  readonly url: string;
  readonly caPem?: string;
  /** Further fields of the cluster. */
  readonly cluster?: object;
  readonly clusterName?: string;
  readonly user?: object;
  readonly namespace?: string;
}

/** Writes a kubeconfig and returns its path. */
export function kubeconfigFile(parts: KubeconfigParts): string {
  const { url: server, caPem, cluster = {}, clusterName = 'test', user = {}, namespace } = parts;
  const authority =
    caPem === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  const file = join(temporaryFolder(), 'kubeconfig');
  const context = { cluster: clusterName, user: 'someone', ...(namespace ? { namespace } : {}) };
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: clusterName, cluster: { server, ...authority, ...cluster } }],
      contexts: [{ name: 'test', context }],
      users: [{ name: 'someone', user }],
    }),
    { mode: 0o600 },
  );
  return file;
}

/** Returns a user with a credential plugin, as `aws eks get-token` is. */
export function execUser(script: string, fields: object = {}): object {
  const program = join(temporaryFolder(), 'get-token');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: program,
      interactiveMode: 'Never',
      ...fields,
    },
  };
}

/** Returns a script that prints an ExecCredential with this status. */
export function printsCredential(status: object): string {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status,
  };
  return `cat <<'EOF'\n${JSON.stringify(credential)}\nEOF`;
}
