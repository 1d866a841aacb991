import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import { printable } from '../../tools/terminal/printable.ts';
import { releaseTerminal } from '../../tools/terminal/terminal.ts';
import { type ExecFields, type LoadedContext, optionalText } from './kubeconfig-schema.ts';

/** Credentials that a plugin printed: a token, a client certificate with its key, or both. */
interface PluginCredentials {
  readonly token?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Versions of the protocol that kubectl supports (Kubernetes documentation, "client-go credential plugins"). */
const API_VERSIONS = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
] as const;
const EXTENSION = 'client.authentication.k8s.io/exec';

const execCredential = z.object({
  apiVersion: z.string(),
  status: z.object({
    token: optionalText,
    clientCertificateData: optionalText,
    clientKeyData: optionalText,
  }),
});

/**
 * Runs the credential plugin of a context as kubectl does. It reads the keyboard only if its configuration allows it and
 * there is a terminal; otherwise a prompt fails instead of waiting.
 *
 * @param signal - ends the plugin
 * @throws {ClusterSetupError} when it is misconfigured, fails, or does not answer
 */
export async function runPlugin(
  exec: ExecFields,
  context: LoadedContext,
  signal: AbortSignal,
): Promise<PluginCredentials> {
  const plugin = `credential plugin "${exec.command ?? ''}" of context "${context.name}"`;
  const command = assertConfigured(plugin, exec);
  const isInteractive = mayPrompt(plugin, exec);
  const info = {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: {
      ...(exec.provideClusterInfo ? { cluster: clusterInfo(context) } : {}),
      interactive: isInteractive,
    },
  };
  const variables = Object.fromEntries(exec.env.map(({ name, value }) => [name, value]));
  const result = await releaseTerminal(() =>
    run(plugin, exec, {
      command,
      env: { ...process.env, ...variables, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdin: isInteractive ? 'inherit' : 'ignore',
      signal,
    }),
  );
  return readCredentials(plugin, exec, result);
}

/** The mistakes that kubectl rejects. */
function assertConfigured(plugin: string, exec: ExecFields): string {
  const { command, apiVersion, interactiveMode, env } = exec;
  const modes = ['Never', 'IfAvailable', 'Always'];
  const isBeta = apiVersion === API_VERSIONS[1];
  let mistake: string | undefined;
  if (!API_VERSIONS.some((version) => version === apiVersion)) {
    mistake = `apiVersion must be ${API_VERSIONS.join(' or ')}`;
  } else if (!modes.includes(interactiveMode ?? (isBeta ? 'IfAvailable' : ''))) {
    mistake = `interactiveMode must be ${modes.join(', ')}`;
  } else if (env.some(({ name }) => name === '')) {
    mistake = 'each variable of env must have a name';
  }
  if (command !== undefined && mistake === undefined) return command;
  throw new ClusterSetupError(
    `${plugin} is misconfigured: ${mistake ?? 'command is missing'}. Correct "exec" in the kubeconfig.`,
  );
}

function mayPrompt(plugin: string, { interactiveMode }: ExecFields): boolean {
  if (interactiveMode === 'Never') return false;
  if (process.stdin.isTTY) return true;
  if (interactiveMode !== 'Always') return false;
  throw new ClusterSetupError(
    `${plugin} needs a terminal (interactiveMode: Always), and standard input is none: run the command in a terminal, or use another context`,
  );
}

function clusterInfo({ cluster }: LoadedContext): object {
  const file = cluster['certificate-authority'];
  const authority =
    file === undefined
      ? cluster['certificate-authority-data']
      : readFileSync(file).toString('base64');
  // Without a value, JSON.stringify leaves a field out.
  return {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'certificate-authority-data': authority,
    'proxy-url': cluster['proxy-url'],
    config: cluster.extensions?.find(({ name }) => name === EXTENSION)?.extension,
  };
}

interface PluginProcess {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: 'inherit' | 'ignore';
  readonly signal: AbortSignal;
}

interface PluginResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Undefined if the user saw it. */
  readonly stderr: string | undefined;
}

async function run(
  plugin: string,
  { args, installHint }: ExecFields,
  { command, env, stdin, signal }: PluginProcess,
): Promise<PluginResult> {
  // On a terminal the user sees what the plugin asks for, or where to log in.
  const stderr = process.stderr.isTTY ? 'inherit' : 'pipe';
  // Without a terminal the plugin gets a group of its own, to be ended with all processes that it started.
  const detached = !process.stdin.isTTY;
  const child = endWithParent(() =>
    spawn(command, args, { env, detached, stdio: [stdin, 'pipe', stderr] }),
  );
  try {
    const finished = Promise.all([
      once(child, 'close'),
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : undefined,
    ]);
    const [[code], out, err] = await Promise.race([finished, aborted(plugin, signal)]);
    return { code, stdout: out, stderr: err };
  } catch (cause) {
    kill(child, detached);
    throw startError(plugin, child, installHint, cause);
  }
}

function kill({ pid }: ChildProcess, isGroup: boolean): void {
  if (pid === undefined) return;
  try {
    process.kill(isGroup ? -pid : pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

async function aborted(plugin: string, signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw new ClusterSetupError(
    `${plugin} did not answer in time. Run it yourself to see what it waits for; for EKS, log in to AWS first.`,
  );
}

function startError(
  plugin: string,
  child: ChildProcess,
  installHint: string | undefined,
  cause: unknown,
): unknown {
  if (child.pid !== undefined) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const hint = installHint === undefined ? '' : ` ${printable(installHint)}`;
  return new ClusterSetupError(
    code === 'ENOENT'
      ? `${plugin} is not installed or not on the PATH: install it, or use another context.${hint}`
      : `${plugin} cannot be run (${code})`,
    { cause },
  );
}

/** Maximum length of a plugin's error output in a message. */
const MAX_OUTPUT_LENGTH = 500;

function readCredentials(
  plugin: string,
  { apiVersion }: ExecFields,
  { code, stdout, stderr }: PluginResult,
): PluginCredentials {
  const fail = (reason: string): never => {
    throw new ClusterSetupError(
      `${plugin} failed: ${reason}. Run it yourself to see the problem; for EKS, log in to AWS first.`,
    );
  };
  if (code !== 0) {
    const output = printable(stderr ?? '')
      .trim()
      .slice(0, MAX_OUTPUT_LENGTH);
    return fail(output || (stderr === undefined ? `exit code ${code}` : 'no error output'));
  }
  // Output that cannot be parsed may contain a token, so it is not quoted.
  const parsed = execCredential.safeParse(parseJson(stdout));
  if (!parsed.success) return fail('its output is not an ExecCredential');
  const { token, clientCertificateData: cert, clientKeyData: key } = parsed.data.status;
  if (parsed.data.apiVersion !== apiVersion) {
    return fail(
      `its output has the apiVersion "${printable(parsed.data.apiVersion)}", but the kubeconfig sets "${apiVersion}"`,
    );
  }
  if ((cert === undefined) !== (key === undefined)) {
    return fail('its output has a client certificate or a key, but not both');
  }
  if (token === undefined && cert === undefined) return fail('its output has no credentials');
  return { token, cert, key };
}

function parseJson(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}
