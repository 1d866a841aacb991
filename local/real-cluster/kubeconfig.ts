import { writeFile } from 'node:fs/promises';

interface KubeconfigEntry {
  readonly url: string;
  /** Certificate authority of the server. @default - plain HTTP */
  readonly caPem?: string;
  readonly token?: string;
}

/** Writes a kubeconfig with one context, as JSON, which is valid YAML. */
export async function writeKubeconfig(file: string, entry: KubeconfigEntry): Promise<void> {
  const { url: server, caPem, token } = entry;
  const cluster = caPem
    ? { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') }
    : { server };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'local',
    clusters: [{ name: 'local', cluster }],
    contexts: [{ name: 'local', context: { cluster: 'local', user: 'local' } }],
    users: [{ name: 'local', user: token ? { token } : {} }],
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
}
