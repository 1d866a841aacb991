import type { Clock } from '../clock.ts';
import { type AwsAnswer, type AwsError, type AwsServer, startAwsServer } from './aws-server.ts';
import type { Iam } from './iam.ts';
import type { SignedRequest } from './signature-claim.ts';
import { type SignatureFailure, verifySignature } from './sigv4.ts';

/** A cluster as DescribeCluster tells of it. */
export interface EksCluster {
  readonly name: string;
  /** URL of the Kubernetes API; absent until the cluster is active. */
  readonly endpoint?: string;
  /** Certificate of the cluster's certificate authority, PEM. */
  readonly caPem?: string;
  /** `API_AND_CONFIG_MAP` when nothing is said. */
  readonly authenticationMode?: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  /** `ACTIVE` when nothing is said. */
  readonly status?: 'ACTIVE' | 'CREATING' | 'DELETING' | 'FAILED' | 'UPDATING' | 'PENDING';
}

/** The embedded EKS: its server and its clusters. */
export interface EmbeddedEks extends AwsServer {
  /** Makes a cluster, or replaces the one of that name. */
  addCluster(cluster: EksCluster): void;
  findCluster(name: string): EksCluster | undefined;
}

/** What the embedded EKS is made of. */
export interface EksDeps {
  readonly iam: Iam;
  readonly clock: Clock;
  readonly region: string;
}

/**
 * Starts an EKS on loopback that answers DescribeCluster, and nothing else, to whom its policies allow
 * `eks:DescribeCluster` on that cluster.
 */
export async function startEks(deps: EksDeps): Promise<EmbeddedEks> {
  const clusters = new Map<string, EksCluster>();
  const server = await startAwsServer(deps.clock, {
    target: (request) => ({
      action: clusterOfPath(request) === undefined ? request.method : 'DescribeCluster',
      resource: clusterOfPath(request) ?? request.path,
    }),
    answer: (request) => answer(deps, clusters, request),
    refuse: (_request, error) => restError(error),
  });
  return {
    ...server,
    addCluster: (cluster) => clusters.set(cluster.name, cluster),
    findCluster: (name) => clusters.get(name),
  };
}

async function answer(
  deps: EksDeps,
  clusters: ReadonlyMap<string, EksCluster>,
  request: SignedRequest,
): Promise<AwsAnswer> {
  const { iam, region } = deps;
  const now = deps.clock.now();
  const check = await verifySignature(request, { iam, service: 'eks', region, now });
  if (!check.ok) return restError(signatureError(check.failure));
  const { session } = check;
  const name = clusterOfPath(request);
  if (name === undefined) {
    return restError({
      status: 501,
      code: 'NotImplemented',
      message: `The embedded EKS answers GET /clusters/<name> only, not ${request.method} ${request.path}`,
    });
  }
  const { partition, account } = session.role;
  const arn = `arn:${partition}:eks:${region}:${account}:cluster/${name}`;
  if (iam.decide(session, 'eks:DescribeCluster', arn).outcome !== 'allowed') {
    const message = `User: ${session.arn} is not authorized to perform: eks:DescribeCluster on resource: ${arn}`;
    return restError({ status: 403, code: 'AccessDeniedException', message, caller: session.arn });
  }
  const cluster = clusters.get(name);
  if (!cluster) {
    const message = `No cluster found for name: ${name}.`;
    return restError({
      status: 404,
      code: 'ResourceNotFoundException',
      message,
      caller: session.arn,
    });
  }
  return { ...json(200, { cluster: describe(cluster, arn) }), caller: session.arn };
}

function describe(cluster: EksCluster, arn: string) {
  const { name, endpoint, caPem, authenticationMode, status } = cluster;
  return {
    name,
    arn,
    status: status ?? 'ACTIVE',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(caPem === undefined
      ? {}
      : { certificateAuthority: { data: Buffer.from(caPem).toString('base64') } }),
    accessConfig: { authenticationMode: authenticationMode ?? 'API_AND_CONFIG_MAP' },
  };
}

function clusterOfPath({ method, path }: SignedRequest): string | undefined {
  const name = /^\/clusters\/([^/]+)$/.exec(path)?.[1];
  return method === 'GET' && name !== undefined ? decodeURIComponent(name) : undefined;
}

function signatureError(failure: SignatureFailure): AwsError {
  switch (failure.kind) {
    case 'missing':
      return refusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
    case 'unknown-key':
      return refusal(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    case 'expired-token':
      return refusal(
        'ExpiredTokenException',
        'The security token included in the request is expired',
      );
    case 'mismatch':
      return refusal(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      );
    default:
      return refusal('InvalidSignatureException', failure.message);
  }
}

function refusal(code: string, message: string): AwsError {
  return { status: 403, code, message };
}

function restError({ status, code, message, caller }: AwsError): AwsAnswer {
  const answer = json(status, { message });
  return {
    ...answer,
    headers: { ...answer.headers, 'x-amzn-errortype': code },
    caller,
    errorCode: code,
  };
}

function json(status: number, body: unknown): AwsAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
