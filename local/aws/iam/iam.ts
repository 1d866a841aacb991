import type { Clock } from '../../clock.ts';
import { parseRoleArn, type RoleArn, sessionArn } from '../arn.ts';
import type { RequestContext } from './condition.ts';
import {
  type AccessRequest,
  type Caller,
  type PolicyDecision,
  evaluatePolicies,
  partsFor,
} from './evaluate-policies.ts';
import { type Policy, parsePolicy } from './policy-document.ts';
import { createSessionCredentials, createRoleId, type SessionCredentials } from './session-credentials.ts';

/** A role as code or a template adds it. */
export interface RoleSpec {
  readonly arn: string;
  /** The policy document that says who may become the role. */
  readonly trustPolicy: unknown;
  /** The policy documents that say what the role may do. */
  readonly policies?: readonly { readonly name: string; readonly document: unknown }[];
  /** The longest session that may be asked for, in seconds; AWS takes 3600 when nothing is said. */
  readonly maxSessionDuration?: number;
}

/** A policy as code or a template gives it to a resource: an event bus, a function. */
export interface ResourcePolicySpec {
  readonly resourceArn: string;
  readonly name: string;
  readonly document: unknown;
}

/** A role that exists. */
export interface Role extends RoleArn {
  readonly arn: string;
  /** Unique for ever: a role that is made anew has another. */
  readonly id: string;
  readonly trust: Policy;
  readonly policies: readonly Policy[];
  readonly maxSessionDuration: number;
}

/** A session of a role: what an access key stands for. */
export interface Session {
  readonly role: Role;
  readonly sessionName: string;
  readonly arn: string;
  readonly userId: string;
  readonly credentials: SessionCredentials;
  /** The transitive tags of this session and of those before it: sessions that it opens have them too. */
  readonly inheritedTags: ReadonlyMap<string, string>;
}

/** What a service may do on behalf of: fills `aws:SourceArn` and `aws:SourceAccount` of the trust policy. */
export interface ServiceSource {
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

/** A service was not allowed to become a role: its trust policy does not name the service, or not for this source. */
export class RoleTrustError extends Error {
  override readonly name = 'RoleTrustError';
}

/** What the embedded AWS knows of roles and their sessions. */
export interface Iam {
  /** Makes a role. @throws when it exists, or when one of its documents cannot be evaluated here. */
  addRole(spec: RoleSpec): void;
  findRole(arn: string): Role | undefined;
  /** A new session for a service that runs as the role. @throws RoleTrustError */
  issueServiceSession(
    roleArn: string,
    service: string,
    sessionName: string,
    source?: ServiceSource,
  ): Session;
  /** Makes a session without asking anybody; who calls has evaluated the policies. */
  createSession(
    role: Role,
    sessionName: string,
    durationSeconds: number,
    inheritedTags?: ReadonlyMap<string, string>,
  ): Session;
  findSession(accessKeyId: string): Session | undefined;
  /** Every session so far, the oldest first. */
  issuedSessions(): readonly Session[];
  /** What the session's own policies say to an action. */
  decide(session: Session, action: string, resource: string, context?: RequestContext): PolicyDecision;
  /** What the role's trust policy says to an action by `caller`. */
  decideTrust(role: Role, caller: Caller, action: string, context?: RequestContext): PolicyDecision;
  /** Gives a resource a policy, beside those that it has. @throws PolicyDocumentError */
  addResourcePolicy(spec: ResourcePolicySpec): void;
  /** What the policies of a resource say to an action by `caller`: all that counts when a service asks. */
  decideResource(
    resource: string,
    caller: Caller,
    action: string,
    context?: RequestContext,
  ): PolicyDecision;
  /** Takes every policy away that a resource was given; the result gives them back. */
  suspendResourcePolicies(resourceArn: string): () => void;
  /**
   * What of all policies has applied to no request so far: ids of statements, and of statements that have applied the
   * actions and resources that none asked for, e.g. `app/logs/Write logs:CreateLogStream`.
   */
  unusedPolicyParts(): readonly string[];
}

/** How long a session lasts that a service gets, in seconds: the longest that STS gives. */
const SERVICE_SESSION_SECONDS = 43_200;

/** An account, or several, without any role. */
export function createIam(clock: Clock): Iam {
  const roles = new Map<string, Role>();
  const sessions = new Map<string, Session>();
  const resourcePolicies = new Map<string, readonly Policy[]>();
  const used = new Set<string>();

  function recordUse(policies: readonly Policy[], request: AccessRequest): PolicyDecision {
    const decision = evaluatePolicies(policies, request);
    for (const statement of decision.statements) {
      for (const part of partsFor(statement, request)) used.add(part);
    }
    return decision;
  }

  const iam: Iam = {
    addRole(spec) {
      if (roles.has(spec.arn)) throw new Error(`role ${spec.arn} exists already`);
      roles.set(spec.arn, toRole(spec));
    },
    findRole: (arn) => roles.get(arn),
    findSession: (accessKeyId) => sessions.get(accessKeyId),
    issuedSessions: () => [...sessions.values()],
    createSession(role, sessionName, durationSeconds, inheritedTags = new Map()) {
      const expiration = endOfSession(clock.now(), durationSeconds);
      const session = { ...toSession(role, sessionName, expiration), inheritedTags };
      sessions.set(session.credentials.accessKeyId, session);
      return session;
    },
    issueServiceSession(roleArn, service, sessionName, source = {}) {
      const role = roles.get(roleArn);
      const decision =
        role &&
        iam.decideTrust(role, { kind: 'service', service }, 'sts:AssumeRole', {
          ...(source.sourceArn ? { 'aws:SourceArn': source.sourceArn } : {}),
          ...(source.sourceAccount ? { 'aws:SourceAccount': source.sourceAccount } : {}),
        });
      if (!role || decision?.outcome !== 'allowed') {
        throw new RoleTrustError(trustMessage(roleArn, service, source, role !== undefined));
      }
      return iam.createSession(role, sessionName, SERVICE_SESSION_SECONDS);
    },
    decide: ({ role, sessionName }, action, resource, context = {}) => {
      const caller: Caller = { kind: 'role-session', roleArn: role.arn, sessionName };
      const request = { caller, action, resource, context: contextOf(caller, context) };
      return recordUse(role.policies, request);
    },
    decideTrust: (role, caller, action, context = {}) => {
      const request = { caller, action, resource: role.arn, context: contextOf(caller, context) };
      return recordUse([role.trust], request);
    },
    addResourcePolicy({ resourceArn, name, document }) {
      const policy = parsePolicy(name, 'resource', document);
      resourcePolicies.set(resourceArn, [...(resourcePolicies.get(resourceArn) ?? []), policy]);
    },
    suspendResourcePolicies(resourceArn) {
      const policies = resourcePolicies.get(resourceArn) ?? [];
      resourcePolicies.delete(resourceArn);
      return () => resourcePolicies.set(resourceArn, policies);
    },
    decideResource: (resource, caller, action, context = {}) => {
      const request = { caller, action, resource, context: contextOf(caller, context) };
      return recordUse(resourcePolicies.get(resource) ?? [], request);
    },
    unusedPolicyParts: () =>
      [...[...roles.values()].flatMap(policiesOf), ...[...resourcePolicies.values()].flat()]
        .flatMap((policy) => policy.statements)
        .flatMap((statement) => {
          // Of one that was never used, its parts say nothing more.
          const parts = used.has(statement.id) ? partsFor(statement) : [statement.id];
          return parts.filter((part) => !used.has(part));
        }),
  };
  return iam;
}

function toRole(spec: RoleSpec): Role {
  const arn = parseRoleArn(spec.arn);
  if (!arn) throw new Error(`${spec.arn} is not the ARN of an IAM role`);
  return {
    ...arn,
    arn: spec.arn,
    id: createRoleId(),
    trust: parsePolicy(`${arn.name}/trust`, 'trust', spec.trustPolicy),
    policies: (spec.policies ?? []).map(({ name, document }) =>
      parsePolicy(`${arn.name}/${name}`, 'identity', document),
    ),
    maxSessionDuration: spec.maxSessionDuration ?? 3_600,
  };
}

function policiesOf({ trust, policies }: Role): readonly Policy[] {
  return [trust, ...policies];
}

function toSession(role: Role, sessionName: string, expiration: Date) {
  return {
    role,
    sessionName,
    arn: sessionArn(role, sessionName),
    userId: `${role.id}:${sessionName}`,
    credentials: createSessionCredentials(expiration),
  };
}

// STS answers in whole seconds.
function endOfSession(now: Date, durationSeconds: number): Date {
  return new Date((Math.floor(now.getTime() / 1_000) + durationSeconds) * 1_000);
}

function contextOf(caller: Caller, context: RequestContext): RequestContext {
  const always = { ...context, 'aws:SecureTransport': 'true' };
  if (caller.kind === 'service') return always;
  return {
    ...always,
    'aws:PrincipalArn': caller.roleArn,
    'aws:PrincipalAccount': parseRoleArn(caller.roleArn)?.account ?? '',
  };
}

function trustMessage(
  roleArn: string,
  service: string,
  source: ServiceSource,
  exists: boolean,
): string {
  if (!exists) return `${service} cannot assume ${roleArn}: there is no such role`;
  const behalf = source.sourceArn ? ` for ${source.sourceArn}` : '';
  return `${service} cannot assume ${roleArn}${behalf}: the role's trust policy has to allow sts:AssumeRole to this service`;
}
