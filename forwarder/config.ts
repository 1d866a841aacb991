import { isIPv6 } from 'node:net';
import { ConfigError } from '../contract/errors.ts';
import { FORWARDER_ENVIRONMENT, FORWARDER_PORT } from '../contract/forwarder.ts';
import type { NamespaceScope } from '../contract/namespace-scope.ts';

/** What the chart and the kubelet tell the forwarder. */
export interface ForwarderConfig {
  readonly region: string;
  readonly eventBusName: string;
  /** Whose pods and AWSIAMRoles are heeded. */
  readonly scope: NamespaceScope;
  /** Where the Kubernetes API is; an IPv6 address has no brackets. */
  readonly apiServer: { readonly host: string; readonly port: number };
  /** Holds `token` and `ca.crt`. */
  readonly serviceAccountFolder: string;
  /** Where the endpoints listen; 0 means any free port. */
  readonly port: number;
}

/** Where Kubernetes mounts a pod's ServiceAccount. */
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Names that EventBridge gives to buses: up to 256 of these; partner buses have `/`. */
const BUS_NAME = /^[A-Za-z0-9._/-]{1,256}$/;

/**
 * Reads the environment once, when the process starts. All mistakes are reported together, each with its variable, the
 * value that was found and what would be right; none of these values is secret.
 *
 * @throws {ConfigError} when anything is missing or malformed
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ForwarderConfig {
  const mistakes: string[] = [];
  const read = <T>(variable: string, right: string, parse: (text: string) => T | undefined): T => {
    const text = environment[variable];
    const value = text === undefined ? undefined : parse(text);
    if (value === undefined) {
      const found = text === undefined ? 'missing' : JSON.stringify(text);
      mistakes.push(`${variable} is ${found}; it has to be ${right}`);
    }
    // Never used when it is undefined: the mistake ends the reading.
    return value as T;
  };
  const readOr = <T>(
    variable: string,
    byDefault: T,
    right: string,
    parse: (text: string) => T | undefined,
  ): T => (environment[variable] === undefined ? byDefault : read(variable, right, parse));

  const { eventBusName, namespaces, excludedNamespaces, serviceAccountFolder, port } =
    FORWARDER_ENVIRONMENT;
  const config: ForwarderConfig = {
    region: read('AWS_REGION', 'the region of the event bus', nonEmpty),
    eventBusName: read(eventBusName, 'the name of the event bus', (text) =>
      BUS_NAME.test(text) ? text : undefined,
    ),
    scope: {
      only: read(namespaces, 'a JSON array of namespace names, empty for all', strings),
      except: read(excludedNamespaces, 'a JSON array of namespace names, empty for none', strings),
    },
    apiServer: {
      host: read(
        'KUBERNETES_SERVICE_HOST',
        'the host of the Kubernetes API, which the kubelet sets in every pod',
        hostName,
      ),
      port: read(
        'KUBERNETES_SERVICE_PORT',
        'the port of the Kubernetes API, which the kubelet sets in every pod',
        portFrom(1),
      ),
    },
    serviceAccountFolder: readOr(
      serviceAccountFolder,
      SERVICE_ACCOUNT_FOLDER,
      'the folder with the token and ca.crt of the ServiceAccount',
      nonEmpty,
    ),
    port: readOr(port, FORWARDER_PORT, 'a port from 0 (any that is free) to 65535', portFrom(0)),
  };
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function hostName(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  return isIPv6(bare) || /^[A-Za-z0-9.-]+$/.test(bare) ? bare : undefined;
}

function portFrom(least: number): (text: string) => number | undefined {
  return (text) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    return port >= least && port <= 65_535 ? port : undefined;
  };
}

function strings(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}
