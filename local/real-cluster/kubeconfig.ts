import { writeFile } from 'node:fs/promises';

/** A cluster's address, and who one is there. */
export interface KubeconfigEntry {
  readonly url: string;
  /** What the server's certificate is verified against; none for plain http. */
  readonly caPem?: string;
  readonly token?: string;
}

/** Writes a kubeconfig of one context. It is JSON, which every reader of YAML takes. */
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
