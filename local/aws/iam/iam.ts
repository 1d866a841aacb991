import type { Clock } from '../../clock.ts';
import { parseRoleArn } from '../arn.ts';
import type { RequestContext } from './condition.ts';
import {
  type AccessRequest,
  type Caller,
  evaluatePolicies,
  type PolicyDecision,
  partsFor,
} from './evaluate-policies.ts';
import type { OidcProviderSpec } from './oidc-provider.ts';
import { type Policy, parsePolicy } from './policy-document.ts';
import { createRole, type Role, type RoleSpec } from './role.ts';
import { createSession, type Session } from './session.ts';

/** A policy to attach to a resource, such as an event bus or a function. */
export interface ResourcePolicySpec {
  readonly resourceArn: string;
  readonly name: string;
  readonly document: unknown;
}

/** On whose behalf a service assumes a role: the values of `aws:SourceArn` and `aws:SourceAccount`. */
interface ServiceSource {
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

/** A service cannot assume a role: the trust policy does not allow the service, or not on behalf of this source. */
class RoleTrustError extends Error {
  override readonly name = 'RoleTrustError';
}

/** The roles, sessions and policies of the embedded AWS. */
export interface Iam {
  /** Adds a role. @throws when the role exists; PolicyDocumentError */
  addRole(spec: RoleSpec): void;
  findRole(arn: string): Role | undefined;
  /** Registers the issuer of tokens in an account. */
  addOidcProvider(spec: OidcProviderSpec): void;
  oidcProvidersOf(account: string): readonly OidcProviderSpec[];
  /** Creates a session for a service that runs as the role. @throws RoleTrustError */
  issueServiceSession(
    roleArn: string,
    service: string,
    sessionName: string,
    source?: ServiceSource,
  ): Session;
  /** Creates a session without evaluating policies, which is up to the caller. */
  createSession(
    role: Role,
    sessionName: string,
    durationSeconds: number,
    inheritedTags?: ReadonlyMap<string, string>,
  ): Session;
  findSession(accessKeyId: string): Session | undefined;
  /** Every session that was created, oldest first. */
  issuedSessions(): readonly Session[];
  /** Evaluates the session's identity policies. */
  decide(
    session: Session,
    action: string,
    resource: string,
    context?: RequestContext,
  ): PolicyDecision;
  /** Evaluates the role's trust policy. */
  decideTrust(role: Role, caller: Caller, action: string, context?: RequestContext): PolicyDecision;
  /** Attaches a policy to a resource, in addition to those it has. @throws PolicyDocumentError */
  addResourcePolicy(spec: ResourcePolicySpec): void;
  /** Evaluates the resource's policies. For a service as the caller nothing else counts. */
  decideResource(
    resource: string,
    caller: Caller,
    action: string,
    context?: RequestContext,
  ): PolicyDecision;
  /** Detaches all policies of a resource. Returns a function that attaches them again. */
  suspendResourcePolicies(resourceArn: string): () => void;
  /**
   * Returns the parts of all policies that have applied to no request yet: statements, by their ID, and the actions and
   * resources of statements that have applied otherwise, e.g. `app/logs/Write logs:CreateLogStream`.
   */
  unusedPolicyParts(): readonly string[];
}

/** Duration of a service's session in seconds: the maximum that STS issues. */
const SERVICE_SESSION_SECONDS = 43_200;

/** Creates an IAM without roles. It serves any number of accounts. */
export function createIam(clock: Clock): Iam {
  const roles = new Map<string, Role>();
  const sessions = new Map<string, Session>();
  const oidcProviders: OidcProviderSpec[] = [];
  const resourcePolicies = new Map<string, readonly Policy[]>();
  const usedParts = new Set<string>();

  function evaluate(policies: readonly Policy[], request: AccessRequest): PolicyDecision {
    const { caller, context } = request;
    const decision = evaluatePolicies(policies, {
      ...request,
      context: { ...context, ...globalContext(caller) },
    });
    for (const statement of decision.statements) {
      for (const part of partsFor(statement, request)) usedParts.add(part);
    }
    return decision;
  }

  const iam: Iam = {
    addRole(spec) {
      if (roles.has(spec.arn)) throw new Error(`role ${spec.arn} already exists`);
      roles.set(spec.arn, createRole(spec));
    },
    findRole: (arn) => roles.get(arn),
    addOidcProvider: (spec) => void oidcProviders.push(spec),
    oidcProvidersOf: (account) => oidcProviders.filter((one) => one.account === account),
    findSession: (accessKeyId) => sessions.get(accessKeyId),
    issuedSessions: () => [...sessions.values()],
    createSession(role, sessionName, durationSeconds, inheritedTags = new Map()) {
      const expiration = expirationAfter(clock.now(), durationSeconds);
      const session = createSession(role, sessionName, expiration, inheritedTags);
      sessions.set(session.credentials.accessKeyId, session);
      return session;
    },
    issueServiceSession(roleArn, service, sessionName, source = {}) {
      const role = roles.get(roleArn);
      if (!role) {
        throw new RoleTrustError(`${service} cannot assume ${roleArn}: the role does not exist`);
      }
      const decision = iam.decideTrust(role, { kind: 'service', service }, 'sts:AssumeRole', {
        ...(source.sourceArn ? { 'aws:SourceArn': source.sourceArn } : {}),
        ...(source.sourceAccount ? { 'aws:SourceAccount': source.sourceAccount } : {}),
      });
      if (decision.outcome !== 'allowed') throw notTrusted(roleArn, service, source);
      return iam.createSession(role, sessionName, SERVICE_SESSION_SECONDS);
    },
    decide: ({ role, sessionName }, action, resource, context = {}) => {
      const caller: Caller = { kind: 'role-session', roleArn: role.arn, sessionName };
      return evaluate(role.policies, { caller, action, resource, context });
    },
    decideTrust: (role, caller, action, context = {}) =>
      evaluate([role.trust], { caller, action, resource: role.arn, context }),
    addResourcePolicy({ resourceArn, name, document }) {
      const policy = parsePolicy(name, 'resource', document);
      resourcePolicies.set(resourceArn, [...(resourcePolicies.get(resourceArn) ?? []), policy]);
    },
    suspendResourcePolicies(resourceArn) {
      const policies = resourcePolicies.get(resourceArn) ?? [];
      resourcePolicies.delete(resourceArn);
      return () => resourcePolicies.set(resourceArn, policies);
    },
    decideResource: (resource, caller, action, context = {}) =>
      evaluate(resourcePolicies.get(resource) ?? [], { caller, action, resource, context }),
    unusedPolicyParts: () => {
      const ofRoles = [...roles.values()].flatMap(({ trust, policies }) => [trust, ...policies]);
      return [...ofRoles, ...[...resourcePolicies.values()].flat()]
        .flatMap(({ statements }) => statements)
        .flatMap((statement) =>
          // The parts of a statement that never applied add no information.
          usedParts.has(statement.id) ? partsFor(statement) : [statement.id],
        )
        .filter((part) => !usedParts.has(part));
    },
  };
  return iam;
}

// STS reports expirations in whole seconds.
function expirationAfter(now: Date, durationSeconds: number): Date {
  return new Date((Math.floor(now.getTime() / 1_000) + durationSeconds) * 1_000);
}

/** The condition keys that every request has. */
function globalContext(caller: Caller): RequestContext {
  if (caller.kind !== 'role-session') return { 'aws:SecureTransport': 'true' };
  return {
    'aws:SecureTransport': 'true',
    'aws:PrincipalArn': caller.roleArn,
    'aws:PrincipalAccount': parseRoleArn(caller.roleArn)?.account ?? '',
  };
}

function notTrusted(
  roleArn: string,
  service: string,
  { sourceArn }: ServiceSource,
): RoleTrustError {
  const behalf = sourceArn ? ` on behalf of ${sourceArn}` : '';
  return new RoleTrustError(
    `${service} cannot assume ${roleArn}${behalf}: the role's trust policy does not allow sts:AssumeRole to this service`,
  );
}
