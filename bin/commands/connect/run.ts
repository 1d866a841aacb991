import { memoize } from '../../../kubernetes/cached-value.ts';
import type { ClosableConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { loginLife } from '../../../kubernetes/login/login-life.ts';
import { formatLoginKubeconfig, type StoredLogin } from '../../../kubernetes/login/stored-login.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { assertChartCluster } from '../../cluster/assert-chart-cluster.ts';
import { describeSubject } from '../../cluster/subject.ts';
import type { TargetOptions } from '../../cluster/suggested-command.ts';
import { EXIT } from '../../exit-code.ts';
import { connectKubeconfig } from '../../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../../kubeconfig/load-kubeconfig.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { authenticatorMapping } from './authenticator-mapping.ts';
import { loginFromFile, loginWithCertificate, loginWithToken } from './login-user.ts';
import { loginReport, printMapping, printStored } from './print-login.ts';
import { readRequiredLogin, type TargetLogin } from './read-required-login.ts';
import { createSecretWriter, storeLogin } from './store-login.ts';
import { verifyLogin } from './verify-login.ts';

export interface ConnectOptions extends TargetOptions, OutputOptions {
  /** Requested life of a token. @default - {@link DEFAULT_TOKEN_HOURS} */
  readonly tokenHours?: number;
  /** Kubeconfig file whose credentials are stored. */
  readonly from?: string;
  readonly allowTokenWithoutExpiry?: boolean;
}

/** 30 days: the functions replace a token at half of its life, so that an outage of two weeks does not lose it. */
const DEFAULT_TOKEN_HOURS = 720;

const TIMEOUT_MS = 120_000;

/**
 * Creates the login of a cluster's functions, verifies it and stores it in Secrets Manager. Returns the exit code. Until
 * everything else has succeeded, the login that is stored is not replaced.
 */
export async function connectFunctions(
  terminal: Terminal,
  options: ConnectOptions,
): Promise<number> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const opened: ClosableConnection[] = [];
  const connect = memoize(async () => {
    const context = loadKubeconfig(options);
    const connection = await connectKubeconfig(context);
    opened.push(connection);
    return { connection, context: context.name };
  });
  try {
    const target = await readRequiredLogin(
      options,
      async () => (await connect()).connection,
      signal,
    );
    const { clusterName: cluster, region } = target;
    const selected = { ...options, cluster, region };
    if (target.login === 'awsIamAuthenticator') {
      const mapping = authenticatorMapping(target.refresherRoleArn, target.subject);
      if (options.output === 'json') terminal.json(mapping);
      else printMapping(terminal, mapping, target, selected);
      return EXIT.ok;
    }
    if (options.output === 'table') terminal.line(announce(target, options));
    const login = await createLogin(target, options, connect, signal);
    const { address, user } = login;
    const origin = options.from ?? 'this context';
    const { subject, secretArn } = target;
    const verified = await verifyLogin({ address, user, subject, origin });
    const value = formatLoginKubeconfig(
      target.address === undefined ? { address, user } : { user },
    );
    await storeLogin(
      createSecretWriter(region, { ...options, account: target.account }),
      secretArn,
      value,
    );
    const report = loginReport(target, verified, address.url, loginLife(user), new Date());
    const hours = options.from === undefined ? hoursOf(options) : undefined;
    if (options.output === 'json') terminal.json(report);
    else printStored(terminal, report, hours, selected);
    return EXIT.ok;
  } finally {
    for (const connection of opened) await connection.close();
  }
}

async function createLogin(
  target: TargetLogin,
  options: ConnectOptions,
  connect: () => Promise<{
    readonly connection: ClosableConnection;
    readonly context: string;
  }>,
  signal: AbortSignal,
): Promise<Required<StoredLogin>> {
  const { from, allowTokenWithoutExpiry = false } = options;
  if (from !== undefined) return loginFromFile(from, target, allowTokenWithoutExpiry);
  const { address, login } = target;
  if (address === undefined) {
    throw new Error(
      'login "kubeconfig" stores a kubeconfig that you provide: use --from FILE. It must contain server, certificate-authority-data, and a token or a client certificate',
    );
  }
  const { connection, context } = await connect();
  // The login is sent to the server of the settings, which must not get that of another cluster.
  await assertChartCluster(connection, context, { config: target, runsIn: 'lambda' }, signal);
  const caller = { connection, signal };
  const user =
    login === 'serviceAccount'
      ? await loginWithToken(caller, target, hoursOf(options))
      : await loginWithCertificate(caller, target);
  return { address, user };
}

function hoursOf({ tokenHours = DEFAULT_TOKEN_HOURS }: ConnectOptions): number {
  return tokenHours;
}

/** Describes what is about to happen. */
function announce(target: TargetLogin, options: ConnectOptions): string {
  const { clusterName, region, account, login, subject } = target;
  const where = `Cluster ${clusterName} (${region}, account ${account})`;
  const who = describeSubject(subject);
  if (options.from !== undefined)
    return `${where}: storing the login in ${options.from} for ${who}`;
  return login === 'serviceAccount'
    ? `${where}: requesting a token of ${who} for ${hoursOf(options)} hours`
    : `${where}: requesting a client certificate for ${who}`;
}
