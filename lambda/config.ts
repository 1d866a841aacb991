import { parseClusterArn } from '../contract/aws/cluster-arn.ts';
import { isBaseRoleArn, isRoleArn } from '../contract/aws/role-arn.ts';
import { SESSION_NAME_FORMS } from '../contract/aws/session-name.ts';
import { SESSION_SOURCES } from '../contract/aws/session-source.ts';
import { type ClusterApi, parseClusterApi } from '../contract/cluster-api.ts';
import { ENVIRONMENT } from '../contract/environment.ts';
import { isRecord } from '../contract/is-record.ts';
import type { NamespaceScope } from '../contract/kubernetes/namespace.ts';
import { ALLOWED_ROLES_FORMATS, NAMESPACE_RESTRICTIONS } from '../contract/kubernetes/namespace.ts';
import { DEFAULT_SECRET_METADATA, type SecretMetadata } from '../contract/kubernetes/secret.ts';
import {
  CHAINED_SESSION_SECONDS,
  MAX_SESSION_SECONDS,
  refreshBeforeRange,
} from '../contract/limits.ts';
import {
  type Environment,
  type EnvironmentReader,
  nonEmpty,
  oneOf,
  readEnvironment,
  stringList,
  wholeNumber,
} from '../contract/read-environment.ts';
import type { SessionSettings } from './decide/configured-session.ts';
import type { RolePolicy } from './decide/guard.ts';

/** Configuration of a function, as the stack sets it in the environment. */
export interface RefresherConfig {
  readonly region: string;
  readonly clusterName: string;
  /** How to reach the cluster and log in to it; absent for a cluster on EKS. */
  readonly clusterApi?: ClusterApi;
  readonly policy: RolePolicy;
  readonly scope: NamespaceScope;
  readonly sessions: SessionSettings;
  /** Labels and annotations of every Secret. */
  readonly secretMetadata: SecretMetadata;
  readonly refreshBeforeSeconds: number;
  /** The VPC in which the function runs; absent outside of any. */
  readonly vpcId?: string;
}

const VPC_ID = /^vpc-[0-9a-f]{8,17}$/;

/** The setting `sessions.issuer` has a stricter form. */
const ISSUER = /^https:\/\/[\w.~/-]{1,250}$/;

/** Values that STS accepts as `ExternalId`. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

/**
 * Reads the configuration from the environment. Call it once, when the container starts.
 *
 * @throws {ConfigError} when a variable is missing or malformed; the error lists all of them
 */
export function readConfig(environment: Environment = process.env): RefresherConfig {
  return readEnvironment(environment, (reader) => {
    const sessions = readSessions(reader);
    // Undefined after a mistake.
    const range = refreshBeforeRange(sessions.seconds ?? MAX_SESSION_SECONDS);
    return {
      region: reader.required('AWS_REGION', 'the AWS region (Lambda sets it)', nonEmpty),
      clusterName: reader.required(ENVIRONMENT.clusterName, 'the name of the cluster', nonEmpty),
      ...reader.required(
        ENVIRONMENT.clusterApi,
        'a JSON object with login and what the login needs, or empty for a cluster on EKS',
        clusterApi,
      ),
      policy: readPolicy(reader),
      scope: readScope(reader),
      sessions,
      secretMetadata: reader.required(
        ENVIRONMENT.secretMetadata,
        'a JSON object with labels and annotations, each an object of strings, or empty',
        secretMetadata,
      ),
      refreshBeforeSeconds: reader.required(
        ENVIRONMENT.refreshBeforeSeconds,
        `a whole number of seconds from ${range.min} to ${range.max}`,
        wholeNumber(range),
      ),
      ...readUnlessEmpty(reader, 'vpcId', 'the ID of a VPC', (text) => VPC_ID.test(text)),
    };
  });
}

function clusterApi(text: string): Pick<RefresherConfig, 'clusterApi'> | undefined {
  if (text === '') return {};
  const parsed = parseClusterApi(text);
  return parsed === undefined ? undefined : { clusterApi: parsed };
}

function readPolicy(reader: EnvironmentReader): RolePolicy {
  const { required } = reader;
  return {
    ...readUnlessEmpty(
      reader,
      'forwarderRoleArn',
      "the ARN of the forwarder's IAM role",
      isRoleArn,
    ),
    baseRoleArn: required(
      ENVIRONMENT.baseRoleArn,
      'the ARN prefix of role names, such as arn:aws:iam::123456789012:role/',
      (text) => (isBaseRoleArn(text) ? text : undefined),
    ),
    assumableRoles: required(
      ENVIRONMENT.assumableRoles,
      'a JSON array of at least one role ARN pattern',
      (text) => {
        const patterns = arnPatterns(text);
        return patterns?.length === 0 ? undefined : patterns;
      },
    ),
    deniedRoles: required(
      ENVIRONMENT.deniedRoles,
      'a JSON array of role ARN patterns',
      arnPatterns,
    ),
    namespaceRestrictions: required(
      ENVIRONMENT.namespaceRestrictions,
      `one of ${NAMESPACE_RESTRICTIONS.join(', ')}`,
      oneOf(NAMESPACE_RESTRICTIONS),
    ),
    allowedRolesFormat: required(
      ENVIRONMENT.allowedRolesFormat,
      `one of ${ALLOWED_ROLES_FORMATS.join(', ')}`,
      oneOf(ALLOWED_ROLES_FORMATS),
    ),
  };
}

function readScope({ required }: EnvironmentReader): NamespaceScope {
  return {
    only: required(
      ENVIRONMENT.namespaces,
      'a JSON array of namespace names, empty for all namespaces',
      stringList,
    ),
    except: required(
      ENVIRONMENT.excludedNamespaces,
      'a JSON array of namespace names, empty for none',
      stringList,
    ),
  };
}

function readSessions(reader: EnvironmentReader): SessionSettings {
  const source = reader.required(
    ENVIRONMENT.sessionSource,
    `one of ${SESSION_SOURCES.join(', ')}`,
    oneOf(SESSION_SOURCES),
  );
  const issuer = reader.required(
    ENVIRONMENT.sessionIssuer,
    'the OIDC issuer of the cluster if SESSION_SOURCE is oidc, or empty',
    (text) => ((source === 'oidc' ? ISSUER.test(text) : text === '') ? text : undefined),
  );
  const max = source === 'role' ? CHAINED_SESSION_SECONDS : MAX_SESSION_SECONDS;
  return {
    source,
    ...(issuer ? { issuer } : {}),
    seconds: reader.required(
      ENVIRONMENT.sessionSeconds,
      `a whole number of seconds from ${CHAINED_SESSION_SECONDS} to ${max}`,
      wholeNumber({ min: CHAINED_SESSION_SECONDS, max }),
    ),
    nameForm: reader.required(
      ENVIRONMENT.sessionName,
      `one of ${SESSION_NAME_FORMS.join(', ')}`,
      oneOf(SESSION_NAME_FORMS),
    ),
    ...readUnlessEmpty(
      reader,
      'clusterArnTag',
      'the ARN of the EKS cluster',
      (text) => parseClusterArn(text) !== undefined,
    ),
    ...readUnlessEmpty(reader, 'externalId', 'an external ID that STS accepts', (text) =>
      EXTERNAL_ID.test(text),
    ),
    ...readUnlessEmpty(
      reader,
      'intermediateRoleArn',
      'the ARN of the intermediate role',
      isRoleArn,
    ),
  };
}

/** Reads a variable that is always set and may be empty: returns the value by its key, or an empty object. */
function readUnlessEmpty<Key extends keyof typeof ENVIRONMENT>(
  { required }: EnvironmentReader,
  key: Key,
  expected: string,
  isValid: (text: string) => boolean,
): { readonly [key in Key]?: string } {
  return required(ENVIRONMENT[key], `${expected}, or empty`, (text) => {
    if (text === '') return {};
    return isValid(text) ? ({ [key]: text } as { readonly [key in Key]: string }) : undefined;
  });
}

function arnPatterns(text: string): readonly string[] | undefined {
  const patterns = stringList(text);
  return patterns?.every((pattern) => pattern.startsWith('arn:')) ? patterns : undefined;
}

function secretMetadata(text: string): SecretMetadata | undefined {
  if (text === '') return DEFAULT_SECRET_METADATA;
  try {
    const { labels, annotations } = JSON.parse(text);
    return isStringMap(labels) && isStringMap(annotations) ? { labels, annotations } : undefined;
  } catch {
    return undefined;
  }
}

function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}
