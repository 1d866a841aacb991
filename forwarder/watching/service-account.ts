import { join } from 'node:path';

/** What a pod shows the Kubernetes API, and what it checks the API against. */
export interface ServiceAccount {
  /** The bearer token. The kubelet replaces its file long before it expires. */
  token(): Promise<string>;
  /** The authority that signed the API server's certificate, PEM. */
  certificateAuthority(): Promise<string>;
  /** Called when the token was refused: the next one is read from the file, however young the last was. */
  forgetToken(): void;
}

export interface ServiceAccountDeps {
  readonly folder: string;
  now(): Date;
  readFile(path: string): Promise<string>;
}

/** How long a token is used before its file is looked at again, as client-go does, in milliseconds. */
const TOKEN_MILLISECONDS = 60_000;

/**
 * Reads the ServiceAccount that is mounted in a folder. Its methods reject with the error of the file system, which
 * names the file.
 */
export function readServiceAccount({ folder, now, readFile }: ServiceAccountDeps): ServiceAccount {
  let known: { readonly token: string; readonly readAt: number } | undefined;
  return {
    async token() {
      const readAt = now().getTime();
      if (known === undefined || readAt - known.readAt > TOKEN_MILLISECONDS) {
        known = { token: (await readFile(join(folder, 'token'))).trim(), readAt };
      }
      return known.token;
    },
    // Read for each request, of which there are four a minute: it is replaced when a cluster changes its authority.
    certificateAuthority: () => readFile(join(folder, 'ca.crt')),
    forgetToken() {
      known = undefined;
    },
  };
}
