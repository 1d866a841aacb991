import * as z from 'zod';
import { errorMessageOf } from '../../../contract/errors.ts';
import { HTTP_STATUS } from '../../../contract/http-status.ts';
import type { RefresherSubject } from '../../../contract/kubernetes/cluster-access.ts';
import { VERSION } from '../../../contract/version.ts';
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import type { ClusterAddress } from '../../../kubernetes/connection/cluster-address.ts';
import { isCertificateFailure } from '../../../kubernetes/connection/connection-failure.ts';
import { exchange } from '../../../kubernetes/connection/http-exchange.ts';
import type { ApiResponse } from '../../../kubernetes/kubernetes-connection.ts';
import type { StoredUser } from '../../../kubernetes/login/stored-login.ts';
import { describeSubject, isSubject } from '../../cluster/subject.ts';
import { createAgent } from '../../proxy/create-agent.ts';
import { describeProxy, environmentProxy } from '../../proxy/proxy.ts';

/** What the API server reports about a login. */
export interface VerifiedLogin {
  /** E.g. `v1.36.3`. */
  readonly serverVersion: string;
  readonly username: string;
}

interface VerifyInput {
  readonly address: ClusterAddress;
  readonly user: StoredUser;
  /** Whom the login must authenticate as. */
  readonly subject: RefresherSubject;
  /** Where the login comes from, for errors, e.g. `context "admin"`. */
  readonly origin: string;
}

const TIMEOUT_MS = 30_000;

const versionResponse = z.object({ gitVersion: z.string() });
const reviewResponse = z.object({
  status: z.object({
    userInfo: z.object({ username: z.string(), groups: z.array(z.string()).default([]) }),
  }),
});

/**
 * Logs in as the functions will: to the address of the settings, with its certificate authority.
 *
 * @throws when the API server cannot be reached or verified, rejects the login, or takes it for somebody else
 */
export async function verifyLogin(input: VerifyInput): Promise<VerifiedLogin> {
  const { address, subject, origin } = input;
  const { url } = address;
  const { gitVersion } = versionResponse.parse(await send(input, 'GET', '/version'));
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { userInfo } = reviewResponse.parse(await send(input, 'POST', path, review)).status;
  if (!isSubject(subject, userInfo)) {
    const groups = userInfo.groups.join(', ') || 'no group';
    throw new Error(
      `the API server at ${url} takes the login of ${origin} for ${userInfo.username} (${groups}), but the chart grants permissions to ${describeSubject(subject)}: use the credentials of that subject, or set "kubernetes.subject" in cdk.json and apply the manifests again`,
    );
  }
  return { serverVersion: gitVersion, username: userInfo.username };
}

async function send(
  { address: { url, certificateAuthority }, user, origin }: VerifyInput,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<unknown> {
  const { origin: host, pathname } = new URL(url);
  const proxy = environmentProxy(new URL(url));
  const tls = 'certificate' in user ? { cert: user.certificate, key: user.key } : {};
  const agent = createAgent(proxy, { ca: certificateAuthority, ...tls }, TIMEOUT_MS);
  let response: ApiResponse;
  try {
    response = await exchange(agent, {
      origin: host,
      method,
      path: pathname.replace(/\/$/, '') + path,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': `kube-aws-iam/${VERSION}`,
        ...('token' in user ? { authorization: `Bearer ${user.token}` } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    const note = proxy === undefined ? '' : ` ${describeProxy(proxy, cause)}`;
    throw new Error(`${describeConnectionFailure(url, cause)}${note}`, { cause });
  } finally {
    await agent.close();
  }
  if (response.status === HTTP_STATUS.unauthorized) {
    throw new Error(
      `the API server at ${url} rejects the login of ${origin} (401): it belongs to another cluster, or is no longer valid. Correct "kubernetes" in cdk.json, or choose the --context or the file of this cluster`,
    );
  }
  if (response.status >= 300) {
    throw new Error(
      `the API server at ${url} rejects ${method} ${path}: ${apiErrorOf(response).message}`,
    );
  }
  return JSON.parse(response.body.toString());
}

function describeConnectionFailure(url: string, cause: unknown): string {
  const message = errorMessageOf(cause);
  return isCertificateFailure(cause)
    ? `the certificate of the API server at ${url} cannot be verified: ${message}. Correct the certificate authority: "kubernetes.certificateAuthority" in cdk.json, or certificate-authority-data in the kubeconfig of login "kubeconfig"`
    : `the API server at ${url} cannot be reached from here: ${message}. Run connect where it can be reached, over a VPN or with HTTPS_PROXY, or correct "kubernetes.server" in cdk.json. The functions need a route to it too (setting "vpc")`;
}
