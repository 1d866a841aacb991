import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import type { Clock } from '../../clock.ts';
import type { Authenticate, UserInfo } from '../../kubernetes/access/user-info.ts';
import { parseRoleArn, parseSessionArn } from '../arn.ts';
import { CLUSTER_ID_HEADER, type EksTokenRequest, readEksToken } from './eks-token.ts';

/** Who of IAM is who in a cluster. */
export interface AccessEntry {
  readonly clusterName: string;
  readonly principalArn: string;
  readonly kubernetesGroups: readonly string[];
  /** May hold `{{SessionName}}`; EKS takes the session's ARN when nothing is said. */
  readonly username?: string;
}

/** What an authenticator needs. */
export interface TokenAuthenticatorDeps {
  readonly clusterName: string;
  /** URL of the embedded STS. */
  readonly stsUrl: string;
  readonly partition: string;
  readonly clock: Clock;
  /** The access entries of the cluster, asked for at each token. */
  readonly accessEntries: () => readonly AccessEntry[];
  /** Hears why a token was turned down; the reason never holds the token. */
  readonly onRejected: (reason: string) => void;
}

const identitySchema = z.object({
  GetCallerIdentityResponse: z.object({
    GetCallerIdentityResult: z.object({ Account: z.string(), Arn: z.string(), UserId: z.string() }),
  }),
});
type CallerIdentity = z.output<
  typeof identitySchema
>['GetCallerIdentityResponse']['GetCallerIdentityResult'];

/**
 * Authenticates EKS tokens as aws-iam-authenticator does: the presigned request inside is carried out, and the role
 * that STS answers is looked up in the access entries. An STS that throttles or fails means 401 here, as on EKS.
 */
export function createTokenAuthenticator(deps: TokenAuthenticatorDeps): Authenticate {
  return async (token) => {
    try {
      const presigned = readEksToken(token, deps.partition, deps.clock.now());
      const identity = await askSts(deps, presigned);
      return toUser(identity, deps.accessEntries());
    } catch (error) {
      deps.onRejected(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
}

async function askSts(
  { stsUrl, clusterName }: TokenAuthenticatorDeps,
  presigned: EksTokenRequest,
): Promise<CallerIdentity> {
  const { status, body } = await get(new URL(presigned.path, stsUrl), {
    host: presigned.host,
    accept: 'application/json',
    [CLUSTER_ID_HEADER]: clusterName,
  });
  if (status !== 200) throw new Error(`STS answered ${status}: ${JSON.stringify(body)}`);
  return identitySchema.parse(body).GetCallerIdentityResponse.GetCallerIdentityResult;
}

// Not fetch: that one does not let the Host header be set, and the signature covers it.
function get(url: URL, headers: Readonly<Record<string, string>>) {
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const outgoing = request(url, { headers }, (incoming) => {
      json(incoming).then((body) => resolve({ status: incoming.statusCode ?? 0, body }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function toUser(identity: CallerIdentity, entries: readonly AccessEntry[]): UserInfo {
  const session = parseSessionArn(identity.Arn);
  const entry = entries.find(({ principalArn }) => {
    const principal = parseRoleArn(principalArn);
    // The session's ARN has lost the role's path.
    return principal?.name === session?.role.name && principal?.account === identity.Account;
  });
  if (!session || !entry) throw new Error(`no access entry for ${identity.Arn}`);
  return {
    username: entry.username
      ? entry.username.replaceAll('{{SessionName}}', session.sessionName.replaceAll('@', '-'))
      : identity.Arn,
    groups: entry.kubernetesGroups,
    uid: `aws-iam-authenticator:${identity.Account}:${identity.UserId.split(':')[0]}`,
  };
}
