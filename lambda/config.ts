import { ENVIRONMENT } from '../contract/environment.ts';
import { ConfigError } from '../contract/errors.ts';
import { REFRESH_BEFORE_RANGE } from '../contract/limits.ts';
import {
  ALLOWED_ROLES_FORMATS,
  type AllowedRolesFormat,
  NAMESPACE_RESTRICTIONS,
  type NamespaceRestrictions,
} from '../contract/namespace.ts';
import type { NamespaceScope } from '../contract/namespace-scope.ts';
import { SESSION_NAME_FORMS, type SessionNameForm } from '../contract/session-name.ts';
import type { SessionSettings } from './act/sessions/assume-role.ts';
import type { RolePolicy } from './decide/guard.ts';

/** What the stack tells a function. */
export interface RefresherConfig {
  readonly region: string;
  readonly clusterName: string;
  readonly policy: RolePolicy;
  readonly scope: NamespaceScope;
  readonly sessions: SessionSettings;
  readonly refreshBeforeSeconds: number;
}

/** A role's ARN up to its name: any partition, one account, a path that ends in `/`. */
const BASE_ROLE_ARN = /^arn:[a-z-]+:iam::\d{12}:role\/(?:[!-~]+\/)?$/;
/** A role's ARN, or nothing. */
const ROLE_ARN_OR_NONE = /^(?:arn:[a-z-]+:iam::\d{12}:role\/[!-~]+)?$/;
const CLUSTER_ARN_OR_NONE = /^(?:arn:[a-z-]+:eks:[a-z0-9-]+:\d{12}:cluster\/[\w-]+)?$/;
/** What STS takes as an external id, or nothing. */
const EXTERNAL_ID_OR_NONE = /^(?:[\w+=,.@:/-]{2,1224})?$/;

/**
 * Reads the environment once, when a container starts. All mistakes are reported together, each with its variable, the
 * value that was found and what would be right; none of these values is secret.
 *
 * @throws {ConfigError} when anything is missing or malformed
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RefresherConfig {
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

  const readOptional = <K extends string>(key: K, variable: string, right: string, form: RegExp) =>
    read(variable, `${right}, or empty`, (text): { readonly [key in K]?: string } | undefined => {
      if (!form.test(text)) return undefined;
      return text === '' ? {} : ({ [key]: text } as { readonly [key in K]: string });
    });

  const config: RefresherConfig = {
    region: read('AWS_REGION', 'the region that Lambda sets', nonEmpty),
    clusterName: read(ENVIRONMENT.clusterName, 'the name of the EKS cluster', nonEmpty),
    policy: {
      ...readOptional(
        'forwarderRoleArn',
        ENVIRONMENT.forwarderRoleArn,
        "the ARN of the forwarder's role",
        ROLE_ARN_OR_NONE,
      ),
      baseRoleArn: read(
        ENVIRONMENT.baseRoleArn,
        'what role names are appended to, such as arn:aws:iam::123456789012:role/',
        (text) => (BASE_ROLE_ARN.test(text) ? text : undefined),
      ),
      assumableRoles: read(
        ENVIRONMENT.assumableRoles,
        'a JSON array of at least one role ARN pattern',
        (text) => {
          const patterns = arnPatterns(text);
          return patterns?.length === 0 ? undefined : patterns;
        },
      ),
      deniedRoles: read(ENVIRONMENT.deniedRoles, 'a JSON array of role ARN patterns', arnPatterns),
      namespaceRestrictions: read(
        ENVIRONMENT.namespaceRestrictions,
        `one of ${NAMESPACE_RESTRICTIONS.join(', ')}`,
        (text): NamespaceRestrictions | undefined =>
          NAMESPACE_RESTRICTIONS.find((mode) => mode === text),
      ),
      allowedRolesFormat: read(
        ENVIRONMENT.allowedRolesFormat,
        `one of ${ALLOWED_ROLES_FORMATS.join(', ')}`,
        (text): AllowedRolesFormat | undefined =>
          ALLOWED_ROLES_FORMATS.find((format) => format === text),
      ),
    },
    scope: {
      only: read(ENVIRONMENT.namespaces, 'a JSON array of namespace names, empty for all', strings),
      except: read(
        ENVIRONMENT.excludedNamespaces,
        'a JSON array of namespace names, empty for none',
        strings,
      ),
    },
    sessions: {
      nameForm: read(
        ENVIRONMENT.sessionName,
        `one of ${SESSION_NAME_FORMS.join(', ')}`,
        (text): SessionNameForm | undefined => SESSION_NAME_FORMS.find((form) => form === text),
      ),
      ...readOptional(
        'clusterArnTag',
        ENVIRONMENT.clusterArnTag,
        'the ARN of the EKS cluster',
        CLUSTER_ARN_OR_NONE,
      ),
      ...readOptional(
        'externalId',
        ENVIRONMENT.externalId,
        'an external id as STS takes it',
        EXTERNAL_ID_OR_NONE,
      ),
      ...readOptional(
        'intermediateRoleArn',
        ENVIRONMENT.intermediateRoleArn,
        'the ARN of the intermediate role',
        ROLE_ARN_OR_NONE,
      ),
    },
    refreshBeforeSeconds: read(
      ENVIRONMENT.refreshBeforeSeconds,
      `a whole number of seconds from ${REFRESH_BEFORE_RANGE.min} to ${REFRESH_BEFORE_RANGE.max}`,
      wholeSeconds,
    ),
  };
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function wholeSeconds(text: string): number | undefined {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  const { min, max } = REFRESH_BEFORE_RANGE;
  return seconds >= min && seconds <= max ? seconds : undefined;
}

function arnPatterns(text: string): readonly string[] | undefined {
  const patterns = strings(text);
  return patterns?.every((pattern) => pattern.startsWith('arn:')) ? patterns : undefined;
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
