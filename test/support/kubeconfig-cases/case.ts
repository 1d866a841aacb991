import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { printsCredential } from '../programs/kubeconfig.ts';

/** What a client sends: the headers that identify the caller, and the name in its client certificate. */
export interface SentIdentity {
  readonly [header: string]: string | readonly string[];
}

/** Certificates and address of the server that records requests. */
export interface RecordingServer {
  readonly url: string;
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A kubeconfig, and what kubectl does with it. */
export interface KubeconfigCase {
  readonly title: string;
  /** Fields of the user. */
  readonly user?: object;
  /** Further fields of the cluster. */
  readonly cluster?: object;
  /** Fields of the context, instead of cluster and user. */
  readonly context?: object;
  /** Further entries of the file. */
  readonly others?: Readonly<Record<string, readonly unknown[]>>;
  /** Rewrites the text of the file. */
  readonly edit?: (text: string) => string;
  /** Values of `KUBECONFIG` before and after the file; texts are contents of further files. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** What kubectl sends. Undefined if it fails, or asks for a password. */
  readonly sends?: SentIdentity;
  /** The error of kube-aws-iam where there is one. */
  readonly error?: RegExp;
}

/** Files next to each kubeconfig; the working directory of both clients is another one. */
export function writeNeighbours(folder: string, server: RecordingServer): void {
  const files = {
    'token.txt': 'from-file\n',
    'empty.txt': '\n',
    'ca.pem': server.caPem,
    'client.crt': server.certificatePem,
    'client.key': server.keyPem,
    'bin/plugin': `#!/bin/sh\n${printsCredential({ token: 'P' })}\n`,
    'bin/info': `#!/bin/sh\nprintf '%s' "$KUBERNETES_EXEC_INFO" > "$0.json"\n${printsCredential({ token: 'P' })}\n`,
    'bin/words': `#!/bin/sh\n${printsCredential({ token: '$1.$2.$NAME' }).replace("'EOF'", 'EOF')}\n`,
    'bin/prompt': `#!/bin/sh\nread answer || exit 1\n${printsCredential({ token: 'P' })}\n`,
    'bin/certificate': `#!/bin/sh\n${printsCredential({ clientCertificateData: server.certificatePem, clientKeyData: server.keyPem })}\n`,
    'bin/no-key': `#!/bin/sh\n${printsCredential({ clientCertificateData: server.certificatePem })}\n`,
    'bin/nothing': `#!/bin/sh\n${printsCredential({})}\n`,
    'bin/beta': `#!/bin/sh\n${printsCredential({ token: 'P' }).replace('k8s.io/v1', 'k8s.io/v1beta1')}\n`,
  };
  for (const [name, contents] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
    if (name.startsWith('bin/')) chmodSync(file, 0o755);
  }
  symlinkSync(join(folder, 'bin/plugin'), join(folder, 'plugin-next-to-the-kubeconfig'));
}

/** What a client sends for `token: T`. */
export const T = { authorization: 'Bearer T' };
