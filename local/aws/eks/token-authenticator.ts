import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { errorMessageOf } from '../../../contract/errors.ts';
import type { Clock } from '../../clock.ts';
import type { Authenticate, UserInfo } from '../../kubernetes/access/user-info.ts';
import { parseRoleArn, parseSessionArn } from '../arn.ts';
import { CLUSTER_ID_HEADER, type EksTokenRequest, readEksToken } from './eks-token.ts';

/** Maps an IAM principal to a Kubernetes user. */
export interface AccessEntry {
  readonly clusterName: string;
  readonly principalArn: string;
  readonly kubernetesGroups: readonly string[];
  /** Can contain `{{SessionName}}`. @default - the session's ARN */
  readonly username?: string;
}

/** Dependencies of an authenticator. */
interface TokenAuthenticatorDeps {
  readonly clusterName: string;
  /** URL of the embedded STS. */
  readonly stsUrl: string;
  readonly partition: string;
  readonly clock: Clock;
  /** Returns the cluster's access entries; called for each token. */
  readonly accessEntries: () => readonly AccessEntry[];
  /** Called with the reason when a token is rejected; the reason never contains the token. */
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
 * Authenticates EKS tokens as aws-iam-authenticator does: sends the presigned request that a token contains, and looks up
 * the role in the response among the access entries. If STS throttles or fails, the token is rejected, as on EKS.
 */
export function createTokenAuthenticator(deps: TokenAuthenticatorDeps): Authenticate {
  return async (token) => {
    try {
      const presigned = readEksToken(token, deps.partition, deps.clock.now());
      const identity = await callerIdentity(deps, presigned);
      return toUser(identity, deps.accessEntries());
    } catch (error) {
      deps.onRejected(errorMessageOf(error));
      return undefined;
    }
  };
}

async function callerIdentity(
  { stsUrl, clusterName }: TokenAuthenticatorDeps,
  presigned: EksTokenRequest,
): Promise<CallerIdentity> {
  const { status, body } = await get(new URL(presigned.path, stsUrl), {
    host: presigned.host,
    accept: 'application/json',
    [CLUSTER_ID_HEADER]: clusterName,
  });
  if (status !== 200) throw new Error(`STS responded with ${status}: ${JSON.stringify(body)}`);
  return identitySchema.parse(body).GetCallerIdentityResponse.GetCallerIdentityResult;
}

// Not fetch, which does not allow setting the Host header; the signature covers it.
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
    // The session's ARN does not contain the role's path.
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
