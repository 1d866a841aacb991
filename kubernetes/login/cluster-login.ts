import { isDeepStrictEqual } from 'node:util';
import { type CachedValue, cacheUntilStale } from '../cached-value.ts';
import type { ClusterAddress } from '../connection/cluster-address.ts';
import type { ClusterCredentials } from '../connection/cluster-credentials.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../errors.ts';
import { LoginKubeconfigError } from './kubeconfig-fields.ts';
import { type LoginLife, loginLife } from './login-life.ts';
import { connectCommand, type LoginLocation, type LoginSecret } from './login-secret.ts';
import { parseLoginKubeconfig } from './parse-kubeconfig.ts';
import type { StoredLogin, StoredUser } from './stored-login.ts';

/** The login that a secret contains. */
export interface ClusterLogin {
  readonly stored: StoredLogin;
  readonly life: LoginLife;
  readonly address: ClusterAddress;
  readonly credentials: ClusterCredentials;
  /** When to read the secret again: a rotation may have replaced the login, or a person. */
  readonly staleAt: Date;
}

export interface ClusterLoginDeps extends LoginLocation {
  readonly secret: LoginSecret;
  /** From the settings. @default - the address in the kubeconfig */
  readonly address?: ClusterAddress | undefined;
  now(): Date;
}

/** A login is read again after this time, or when half of its remaining life is over. */
const READ_AGAIN_MS = { max: 15 * 60_000, min: 30_000 };

/** How long to use a login that could not be read again, until the next attempt. */
const TRY_AGAIN_MS = 60_000;

/**
 * Reads the login of a cluster from its secret, and caches it. While Secrets Manager does not answer, the cached login is used
 * until it expires.
 *
 * `get` throws a ClusterSetupError when the secret contains no login that can be used, and as {@link LoginSecret}.
 */
export function cachedLogin(deps: ClusterLoginDeps): CachedValue<ClusterLogin> {
  let last: ClusterLogin | undefined;
  const cached = cacheUntilStale(async () => {
    try {
      const login = await readLogin(deps);
      const isSameAddress = isDeepStrictEqual(login.address, last?.address);
      // Connections stay open as long as the address is the same object.
      last = { ...login, address: (isSameAddress && last?.address) || login.address };
    } catch (error) {
      const { expiresAt = new Date(8.64e15) } = last?.life ?? {};
      const isUsable = last !== undefined && deps.now() < expiresAt;
      if (!(error instanceof ClusterUnreachableError) || last === undefined || !isUsable)
        throw error;
      const staleAt = new Date(deps.now().getTime() + TRY_AGAIN_MS);
      last = { ...last, staleAt };
    }
    return last;
  }, deps.now);
  return {
    get: cached.get,
    invalidate(login) {
      if (last === login) last = undefined;
      cached.invalidate(login);
    },
  };
}

/** Returns a part of a cached value as a cached value: who finds the part invalid discards the whole. */
export function partOf<Whole, Part>(
  whole: CachedValue<Whole>,
  part: (whole: Whole) => Part,
): CachedValue<Part> {
  let latest: Whole | undefined;
  return {
    async get() {
      latest = await whole.get();
      return part(latest);
    },
    invalidate(value) {
      if (latest !== undefined && part(latest) === value) whole.invalidate(latest);
    },
  };
}

/** Reads the login of a cluster from its secret. @throws as `get` of {@link cachedLogin} */
export async function readLogin(deps: ClusterLoginDeps): Promise<ClusterLogin> {
  const text = await deps.secret.read();
  const stored = await parseLoginKubeconfig(text).catch((error: unknown) => {
    if (!(error instanceof LoginKubeconfigError)) throw error;
    throw unusable(deps, error.message);
  });
  const { user } = stored;
  const address = deps.address ?? stored.address;
  if (address === undefined) throw unusable(deps, 'cluster.server is missing');
  const life = loginLife(user);
  if ('token' in user && life.expiresAt === undefined && !user.mayLackExpiry) {
    throw new ClusterSetupError(
      `The token in the secret ${deps.secretArn} (user.token) says nothing of when it expires, so that whoever obtains it could use it without end. Store a login to cluster "${deps.clusterName}" that expires: ${connectCommand(deps.clusterName)}; or acknowledge this one with the option --allow-token-without-expiry of the command.`,
    );
  }
  const staleAt = staleAtOf(life, deps.now());
  return { stored, life, address, credentials: { ...credentialsOf(user), staleAt }, staleAt };
}

function credentialsOf(user: StoredUser) {
  return 'token' in user ? { value: user.token } : { certificate: user.certificate, key: user.key };
}

function staleAtOf({ expiresAt }: LoginLife, now: Date): Date {
  const half =
    expiresAt === undefined ? READ_AGAIN_MS.max : (expiresAt.getTime() - now.getTime()) / 2;
  const after = Math.min(READ_AGAIN_MS.max, Math.max(READ_AGAIN_MS.min, half));
  return new Date(now.getTime() + after);
}

function unusable({ clusterName, secretArn }: LoginLocation, problem: string): ClusterSetupError {
  return new ClusterSetupError(
    `The secret ${secretArn} contains no usable login to cluster "${clusterName}": ${problem}. Run: ${connectCommand(clusterName)}`,
  );
}
