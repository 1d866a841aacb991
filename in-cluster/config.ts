import { FORWARDER_PORT } from '../contract/forwarder.ts';
import { IN_CLUSTER_ENVIRONMENT } from '../contract/in-cluster.ts';
import { OBJECT_NAME } from '../contract/kubernetes/object-name.ts';
import {
  type Environment,
  matching,
  nonEmpty,
  readEnvironment,
  wholeNumber,
} from '../contract/read-environment.ts';
import { readApiServer, SERVICE_ACCOUNT_FOLDER } from '../forwarder/config.ts';
import { type RefresherConfig, readConfig } from '../lambda/config.ts';

/** The configuration of the process, set by the chart and the kubelet. */
export interface InClusterConfig {
  /** As that of the functions. */
  readonly refresher: RefresherConfig;
  readonly podName: string;
  readonly logGroupName: string;
  /** The address of the Kubernetes API; an IPv6 address without brackets. */
  readonly apiServer: { readonly host: string; readonly port: number };
  /** The folder with `token` and `ca.crt`. */
  readonly serviceAccountFolder: string;
  /** The folder for the files that the probes read. */
  readonly healthFolder: string;
  /** The port of the metrics; 0 for any free port on loopback. */
  readonly port: number;
}

/** Names of log groups (CloudWatch Logs, CreateLogGroup). */
const LOG_GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;

const MAX_PORT = 65_535;

/**
 * Reads the environment, once at the start of the process. None of its values is secret.
 *
 * @throws {ConfigError} when variables are missing or malformed
 */
export function readInClusterConfig(environment: Environment = process.env): InClusterConfig {
  const variables = IN_CLUSTER_ENVIRONMENT;
  const own = readEnvironment(environment, (reader) => ({
    podName: reader.required(variables.podName, 'the name of the pod', matching(OBJECT_NAME)),
    logGroupName: reader.required(
      variables.logGroupName,
      'the name of a log group',
      matching(LOG_GROUP_NAME),
    ),
    apiServer: readApiServer(reader),
    serviceAccountFolder: reader.optional(
      variables.serviceAccountFolder,
      SERVICE_ACCOUNT_FOLDER,
      'the folder with the token and ca.crt of the ServiceAccount',
      nonEmpty,
    ),
    healthFolder: reader.required(
      variables.healthFolder,
      'a writable folder for the files that the probes read',
      nonEmpty,
    ),
    port: reader.optional(
      variables.port,
      FORWARDER_PORT,
      `a port from 0 (any free port, on loopback only) to ${MAX_PORT}`,
      wholeNumber({ min: 0, max: MAX_PORT }),
    ),
  }));
  return { refresher: readConfig(environment), ...own };
}
