import { expect, it } from 'vitest';
import { requestCertificate } from '../../../../../bin/commands/connect/request-certificate.ts';
import type {
  ApiRequest,
  ApiResponse,
  KubernetesConnection,
} from '../../../../../kubernetes/kubernetes-connection.ts';

const NAME = 'kube-aws-iam-refresher-1';
const CREATED = { status: 201, body: { metadata: { name: NAME } } };
const SIGNED = {
  status: 200,
  body: {
    metadata: { name: NAME },
    status: { certificate: Buffer.from('signed').toString('base64') },
  },
};
const MISSING = { status: 404, body: 'no such resource' };

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Requests a certificate from a server that answers to the creation, the approval and the read of a request. */
function request(answers: Readonly<Record<'POST' | 'PUT' | 'GET', Answer>>) {
  const connection: Pick<KubernetesConnection, 'send'> = {
    async send({ method }: ApiRequest) {
      const { status, body } = answers[method as keyof typeof answers];
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return { status, headers: {}, body: Buffer.from(text) } as ApiResponse;
    },
  };
  return requestCertificate(
    connection as KubernetesConnection,
    { user: 'refresher', groups: [] },
    new AbortController().signal,
  );
}

it('returns the certificate that the cluster signs', async () => {
  const { certificatePem, keyPem } = await request({ POST: CREATED, PUT: CREATED, GET: SIGNED });
  expect(certificatePem).toBe('signed');
  expect(keyPem).toContain('PRIVATE KEY');
});

it.each([
  [
    'a cluster without the API',
    { POST: MISSING },
    /^the cluster serves no API certificates\.k8s\.io\/v1 \(404\), so it signs no client certificates\. Set "login": "serviceAccount" in cdk\.json, or use --from /,
  ],
  [
    'a server that is none of Kubernetes',
    { POST: { status: 200, body: { hello: 'world' } } },
    /^the server answered with something other than a CertificateSigningRequest: .* Set "login": /,
  ],
  [
    'a request that was deleted before its approval',
    { PUT: MISSING },
    /^CertificateSigningRequest kube-aws-iam-refresher-1 was deleted .*: run kube-aws-iam connect again$/,
  ],
  [
    'a request that was deleted after its approval',
    { GET: MISSING },
    /^CertificateSigningRequest kube-aws-iam-refresher-1 was deleted .*: run kube-aws-iam connect again$/,
  ],
  [
    'a read that is not a request',
    { GET: { status: 200, body: [] } },
    /^the server answered with something other than a CertificateSigningRequest: .* Set "login": /,
  ],
])('says clearly what is wrong with %s, and what to do', async (_, answers, message) => {
  const attempt = request({ POST: CREATED, PUT: CREATED, GET: SIGNED, ...answers });
  await expect(attempt).rejects.toThrow(message);
});
