import { join } from 'node:path';

/** The credentials of the pod for the Kubernetes API. */
export interface ServiceAccount {
  /** Returns the bearer token. The kubelet replaces its file long before it expires. */
  token(): Promise<string>;
  /** Returns the authority that signed the API server's certificate, as PEM. */
  certificateAuthority(): Promise<string>;
  /** Reads the token from its file next time. Called when the token was rejected. */
  invalidateToken(): void;
}

interface ServiceAccountDeps {
  readonly folder: string;
  now(): Date;
  readFile(path: string): Promise<string>;
}

/** How long a token is cached, as in client-go. */
const TOKEN_CACHE_MS = 60_000;

/**
 * Reads the ServiceAccount that is mounted in a folder. The methods reject with the error of the file system, which
 * names the file.
 */
export function readServiceAccount({ folder, now, readFile }: ServiceAccountDeps): ServiceAccount {
  let cached: { readonly token: string; readonly readAt: number } | undefined;
  return {
    async token() {
      const readAt = now().getTime();
      if (cached === undefined || readAt - cached.readAt > TOKEN_CACHE_MS) {
        cached = { token: (await readFile(join(folder, 'token'))).trim(), readAt };
      }
      return cached.token;
    },
    // Not cached: it changes when the cluster replaces its authority, and there are only four requests a minute.
    certificateAuthority: () => readFile(join(folder, 'ca.crt')),
    invalidateToken() {
      cached = undefined;
    },
  };
}
