import { isIPv6 } from 'node:net';
import { FORWARDER_ENVIRONMENT, FORWARDER_PORT } from '../contract/forwarder.ts';
import type { NamespaceScope } from '../contract/kubernetes/namespace.ts';
import {
  type Environment,
  type EnvironmentReader,
  matching,
  nonEmpty,
  readEnvironment,
  stringList,
  wholeNumber,
} from '../contract/read-environment.ts';

/** The forwarder's configuration, set by the chart and the kubelet. */
export interface ForwarderConfig {
  readonly region: string;
  readonly eventBusName: string;
  /** The namespaces whose pods and AWSIAMRoles are forwarded. */
  readonly scope: NamespaceScope;
  /** The address of the Kubernetes API; an IPv6 address without brackets. */
  readonly apiServer: { readonly host: string; readonly port: number };
  /** The folder with `token` and `ca.crt`. */
  readonly serviceAccountFolder: string;
  /** The folder for the files that the probes read. */
  readonly healthFolder: string;
  /** The port of the metrics; 0 for any free port on loopback. */
  readonly port: number;
}

/** Where Kubernetes mounts a pod's ServiceAccount. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Names of event buses (EventBridge, CreateEventBus); those of partners contain `/`. */
const BUS_NAME = /^[A-Za-z0-9._/-]{1,256}$/;

const MAX_PORT = 65_535;

/**
 * Reads the environment, once at the start of the process. None of its values is secret.
 *
 * @throws {ConfigError} when variables are missing or malformed
 */
export function readForwarderConfig(environment: Environment): ForwarderConfig {
  const variables = FORWARDER_ENVIRONMENT;
  return readEnvironment(environment, ({ required, optional }) => ({
    region: required('AWS_REGION', 'the region of the event bus', nonEmpty),
    eventBusName: required(variables.eventBusName, 'the name of the event bus', matching(BUS_NAME)),
    scope: {
      only: required(
        variables.namespaces,
        'a JSON array of namespace names, empty for all',
        stringList,
      ),
      except: required(
        variables.excludedNamespaces,
        'a JSON array of namespace names, empty for none',
        stringList,
      ),
    },
    apiServer: readApiServer({ required }),
    serviceAccountFolder: optional(
      variables.serviceAccountFolder,
      SERVICE_ACCOUNT_FOLDER,
      'the folder with the token and ca.crt of the ServiceAccount',
      nonEmpty,
    ),
    healthFolder: required(
      variables.healthFolder,
      'a writable folder for the files that the probes read',
      nonEmpty,
    ),
    port: optional(
      variables.port,
      FORWARDER_PORT,
      `a port from 0 (any free port, on loopback only) to ${MAX_PORT}`,
      wholeNumber({ min: 0, max: MAX_PORT }),
    ),
  }));
}

/** Reads the address of the Kubernetes API, which the kubelet sets in every pod. */
export function readApiServer({ required }: Pick<EnvironmentReader, 'required'>) {
  return {
    host: required(
      'KUBERNETES_SERVICE_HOST',
      'the host of the Kubernetes API, which the kubelet sets in every pod',
      hostName,
    ),
    port: required(
      'KUBERNETES_SERVICE_PORT',
      'the port of the Kubernetes API, which the kubelet sets in every pod',
      wholeNumber({ min: 1, max: MAX_PORT }),
    ),
  };
}

function hostName(text: string): string | undefined {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  return isIPv6(host) || /^[A-Za-z0-9.-]+$/.test(host) ? host : undefined;
}
