import type { Clock } from '../../clock.ts';
import { type AwsResponse, type AwsServer, startAwsServer } from '../http/aws-server.ts';
import { ServiceError } from '../http/service-error.ts';
import type { SignedRequest } from '../http/signature-claim.ts';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';
import { assumeRole } from './assume-role.ts';
import type { AssumeRoleInput, WebIdentityInput } from './assume-role-input.ts';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import { type Elements, stsErrorResponse, stsResponse } from './sts-response.ts';

/** The embedded STS, with the means to add roles and to issue sessions. */
export interface EmbeddedSts
  extends AwsServer,
    Pick<Iam, 'addRole' | 'issueServiceSession' | 'addOidcProvider'> {
  /** Every successful AssumeRole request, oldest first, for assertions. Contains no credentials. */
  readonly assumedRoles: readonly AssumedRole[];
  /** Every successful AssumeRoleWithWebIdentity request, oldest first. Contains no credentials and no token. */
  readonly identitySessions: readonly IdentitySession[];
}

/** An AssumeRoleWithWebIdentity request that succeeded. */
interface IdentitySession extends Omit<WebIdentityInput, 'token'> {
  readonly subject: string;
}

/** An AssumeRole request that succeeded. */
interface AssumedRole extends AssumeRoleInput {
  /** ARN of the calling session. */
  readonly caller: string;
}

/** Dependencies of the embedded STS. */
interface StsDeps {
  readonly iam: Iam;
  readonly clock: Clock;
  /** The region that requests must be signed for. */
  readonly region: string;
}

const API_VERSION = '2011-06-15';

const WEB_IDENTITY = 'AssumeRoleWithWebIdentity';

/**
 * Starts an STS on a loopback address. It supports AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity, by GET (presigned) or POST, and
 * checks signatures, policies and limits as AWS does.
 */
export async function startSts(deps: StsDeps): Promise<EmbeddedSts> {
  const assumedRoles: AssumedRole[] = [];
  const identitySessions: IdentitySession[] = [];
  const server = await startAwsServer(deps, {
    protocol: 'query',
    target: (request) => {
      const parameters = parametersOf(request);
      const resource = parameters.get('RoleArn') ?? undefined;
      return { action: parameters.get('Action') ?? '', resource };
    },
    signingScope: (request) => ({ service: 'sts', region: regionOfHost(request) ?? deps.region }),
    handle: async (request, caller, requestId) => {
      const parameters = parametersOf(request);
      const result = perform(deps.iam, assumedRoles, caller, parameters);
      return stsResponse(request, parameters.get('Action') ?? '', result, requestId);
    },
    handleUnsigned: (request, requestId) => {
      const parameters = parametersOf(request);
      if (parameters.get('Action') !== WEB_IDENTITY) return undefined;
      return openIdentitySession(deps, identitySessions, request, requestId);
    },
    errorResponse: stsErrorResponse,
  });
  const { addRole, issueServiceSession, addOidcProvider } = deps.iam;
  const ofIam = { addRole, issueServiceSession, addOidcProvider };
  return { ...server, ...ofIam, assumedRoles, identitySessions };
}

async function openIdentitySession(
  { iam, clock }: StsDeps,
  identitySessions: IdentitySession[],
  request: SignedRequest,
  requestId: string,
): Promise<AwsResponse> {
  if (request.headers['authorization'] !== undefined) {
    throw new ServiceError(
      400,
      'InvalidAction',
      `the embedded STS requires ${WEB_IDENTITY} to be unsigned`,
    );
  }
  const result = await assumeRoleWithWebIdentity(iam, clock.now(), parametersOf(request));
  const { token: _, ...input } = result.input;
  const { subject, audience } = result.identity;
  identitySessions.push({ ...input, subject });
  const elements = {
    ...assumeRoleResult(result.session),
    SubjectFromWebIdentityToken: subject,
    Audience: audience,
    Provider: result.providerArn,
  };
  return stsResponse(request, WEB_IDENTITY, elements, requestId);
}

function perform(
  iam: Iam,
  assumedRoles: AssumedRole[],
  caller: Session,
  parameters: URLSearchParams,
): Elements {
  const [action, version] = [parameters.get('Action'), parameters.get('Version')];
  if (version === API_VERSION && action === 'GetCallerIdentity') return identityOf(caller);
  if (version === API_VERSION && action === 'AssumeRole') {
    const { session, input } = assumeRole(iam, caller, parameters);
    assumedRoles.push({ ...input, caller: caller.arn });
    return assumeRoleResult(session);
  }
  throw new ServiceError(
    400,
    'InvalidAction',
    `Could not find operation ${action} for version ${version}`,
  );
}

// GetCallerIdentity requires no permission, and an explicit Deny has no effect on it (STS API reference).
function identityOf(caller: Session): Elements {
  return { Arn: caller.arn, UserId: caller.userId, Account: caller.role.account };
}

function assumeRoleResult({ arn, userId, credentials }: Session): Elements {
  return {
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: credentials.expiration.toISOString().replace('.000Z', 'Z'),
    },
  };
}

function parametersOf(request: SignedRequest): URLSearchParams {
  return request.method === 'POST' ? new URLSearchParams(request.body) : request.query;
}

// With AWS_ENDPOINT_URL_STS the host is the loopback address; an EKS token names a real STS host and thereby a region.
function regionOfHost({ headers }: SignedRequest): string | undefined {
  const host = headers['host'] ?? '';
  if (host === 'sts.amazonaws.com') return 'us-east-1';
  return /^sts(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(host)?.[1];
}
