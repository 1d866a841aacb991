import type { Clock } from '../../clock.ts';
import { assumeRole } from './assume-role.ts';
import type { AssumeRoleInput } from './assume-role-input.ts';
import { type AwsResponse, type AwsError, type AwsServer, startAwsServer } from '../http/aws-server.ts';
import type { Iam, Session } from '../iam/iam.ts';
import type { SignedRequest } from '../http/signature-claim.ts';
import { type SignatureFailure, verifySignature } from '../http/verify-signature.ts';
import { type Elements, stsResponse, stsErrorResponse } from './sts-response.ts';
import { StsRefusal } from './sts-errors.ts';

/** The embedded STS: its server, and the roles and sessions that it knows. */
export interface EmbeddedSts extends AwsServer, Pick<Iam, 'addRole' | 'issueServiceSession'> {
  /** What AssumeRole was asked for where it was granted, the oldest first, for assertions. Carries no credential. */
  readonly assumedRoles: readonly AssumedRole[];
}

/** An AssumeRole request that was granted. */
export interface AssumedRole extends AssumeRoleInput {
  /** ARN of the session that called. */
  readonly caller: string;
}

/** What the embedded STS is made of. */
export interface StsDeps {
  readonly iam: Iam;
  readonly clock: Clock;
  /** The region that signatures have to be made for. */
  readonly region: string;
}

const API_VERSION = '2011-06-15';

/**
 * Starts an STS on loopback: AssumeRole and GetCallerIdentity of the query protocol, GET (presigned) or POST, with the
 * signature, the policies and the limits checked as AWS does and refused in its words.
 */
export async function startSts(deps: StsDeps): Promise<EmbeddedSts> {
  const granted: AssumedRole[] = [];
  const server = await startAwsServer(deps.clock, {
    target: (request) => {
      const parameters = parametersOf(request);
      const resource = parameters.get('RoleArn') ?? undefined;
      return { action: parameters.get('Action') ?? '', resource };
    },
    handle: (request, requestId) => answer({ ...deps, granted }, request, requestId),
    errorResponse: stsErrorResponse,
  });
  const { addRole, issueServiceSession } = deps.iam;
  return { ...server, addRole, issueServiceSession, assumedRoles: granted };
}

interface AnswerDeps extends StsDeps {
  readonly granted: AssumedRole[];
}

async function answer(
  deps: AnswerDeps,
  request: SignedRequest,
  requestId: string,
): Promise<AwsResponse> {
  const check = await verifySignature(request, {
    iam: deps.iam,
    service: 'sts',
    region: regionOfHost(request) ?? deps.region,
    now: deps.clock.now(),
  });
  if (!check.ok) return stsErrorResponse(request, signatureError(check.failure), requestId);
  const caller = check.session.arn;
  try {
    const parameters = parametersOf(request);
    const result = act(deps, check.session, parameters);
    return { ...stsResponse(request, parameters.get('Action') ?? '', result, requestId), caller };
  } catch (error) {
    if (error instanceof StsRefusal)
      return stsErrorResponse(request, { ...error.error, caller }, requestId);
    throw error;
  }
}

function act({ iam, granted }: AnswerDeps, caller: Session, parameters: URLSearchParams): Elements {
  const [action, version] = [parameters.get('Action'), parameters.get('Version')];
  if (version === API_VERSION && action === 'GetCallerIdentity') return identityOf(caller);
  if (version === API_VERSION && action === 'AssumeRole') {
    const { session, input } = assumeRole(iam, caller, parameters);
    granted.push({ ...input, caller: caller.arn });
    return assumedRole(session);
  }
  throw new StsRefusal(
    400,
    'InvalidAction',
    `Could not find operation ${action} for version ${version}`,
  );
}

// GetCallerIdentity needs no permission: not even a Deny keeps it from answering (STS API reference).
function identityOf(caller: Session): Elements {
  return { Arn: caller.arn, UserId: caller.userId, Account: caller.role.account };
}

function assumedRole({ arn, userId, credentials }: Session): Elements {
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

// Over AWS_ENDPOINT_URL_STS the host is the loopback address; an EKS token names a real STS host, whose region counts.
function regionOfHost({ headers }: SignedRequest): string | undefined {
  const host = headers['host'] ?? '';
  if (host === 'sts.amazonaws.com') return 'us-east-1';
  return /^sts(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(host)?.[1];
}

function signatureError(failure: SignatureFailure): AwsError {
  switch (failure.kind) {
    case 'missing':
      return refusal('MissingAuthenticationToken', 'Request is missing Authentication Token');
    case 'unknown-key':
      return refusal(
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
      );
    case 'expired-token':
      return refusal('ExpiredToken', 'The security token included in the request is expired');
    case 'mismatch':
      return refusal(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      );
    default:
      return refusal('SignatureDoesNotMatch', failure.message);
  }
}

function refusal(code: string, message: string): AwsError {
  return { status: 403, code, message };
}
