// @peculiar/x509 depends on it and requires this import first.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type JsonName, PemConverter, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import * as z from 'zod';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { getObject } from '../../kubeconfig/get-object.ts';
import { sendObject } from '../../kubeconfig/send-object.ts';

/** Whom a client certificate identifies: its common name is the user, its organizations are the groups. */
export interface CertificateSubject {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A client certificate and its key, PEM. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const SIGNER = 'kubernetes.io/kube-apiserver-client';
const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** The signer may issue a shorter one (`--cluster-signing-duration`, a year by default). */
const CERTIFICATE_SECONDS = 31_536_000;

const SIGNING = { timeoutMs: 30_000, pollMs: 500 } as const;

/** The fields that are read and sent back: everything, because an update replaces the object. */
const signingRequest = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  status: z
    .looseObject({
      certificate: z.string().optional(),
      conditions: z
        .array(
          z.looseObject({
            type: z.string(),
            reason: z.string().default(''),
            message: z.string().default(''),
          }),
        )
        .default([]),
    })
    .default({ conditions: [] }),
});

type SigningRequest = z.output<typeof signingRequest>;

const OTHER_LOGINS =
  'Set "login": "serviceAccount" in cdk.json, or use --from with a kubeconfig that contains a client certificate';

/**
 * Has the cluster sign a client certificate: creates a key and a CertificateSigningRequest, approves it with the rights of
 * the caller, and waits for the signer. The key never leaves this process.
 *
 * @throws when the cluster has no such API, the caller cannot create or approve it, or the cluster's signer does not sign it
 */
export async function requestCertificate(
  connection: KubernetesConnection,
  subject: CertificateSubject,
  signal: AbortSignal,
): Promise<IssuedCertificate> {
  const { requestPem, keyPem } = await createRequest(subject);
  const created = readRequest(
    await sendObject(
      connection,
      {
        method: 'POST',
        path: REQUESTS,
        body: {
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          metadata: { generateName: 'kube-aws-iam-refresher-' },
          spec: {
            request: Buffer.from(requestPem).toString('base64'),
            signerName: SIGNER,
            usages: ['client auth'],
            expirationSeconds: CERTIFICATE_SECONDS,
          },
        },
      },
      signal,
    ),
    `the cluster serves no API certificates.k8s.io/v1 (404), so it signs no client certificates. ${OTHER_LOGINS}`,
  );
  await approve(connection, created, signal);
  const certificatePem = await signedCertificate(connection, created.metadata.name, signal);
  return { certificatePem, keyPem };
}

async function createRequest({ user, groups }: CertificateSubject) {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  // As fields, not as text: a name may contain the characters that separate fields.
  const name: JsonName = [{ CN: [user] }, ...groups.map((group) => ({ O: [group] }))];
  const request = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { requestPem: request.toString('pem'), keyPem: PemConverter.encode(key, 'PRIVATE KEY') };
}

async function approve(
  connection: KubernetesConnection,
  request: SigningRequest,
  signal: AbortSignal,
): Promise<void> {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'KubeAwsIamConnect',
    message: 'approved by "kube-aws-iam connect" with the rights of its caller',
  };
  const approved = await sendObject(
    connection,
    {
      // The verb of an approval is `update`.
      method: 'PUT',
      path: `${REQUESTS}/${request.metadata.name}/approval`,
      body: { ...request, status: { ...request.status, conditions: [condition] } },
    },
    signal,
  );
  readRequest(approved, wasDeleted(request.metadata.name));
}

/** Reads a CertificateSigningRequest in an answer of the API server. @throws Error with `whenAbsent` if there is none */
function readRequest(answer: unknown, whenAbsent: string): SigningRequest {
  if (answer === undefined) throw new Error(whenAbsent);
  const { success, data } = signingRequest.safeParse(answer);
  if (success) return data;
  throw new Error(
    `the server answered with something other than a CertificateSigningRequest: is it a Kubernetes API server? ${OTHER_LOGINS}`,
  );
}

function wasDeleted(name: string): string {
  return `CertificateSigningRequest ${name} was deleted before its certificate was read: run kube-aws-iam connect again`;
}

async function signedCertificate(
  connection: KubernetesConnection,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  for (let waitedMs = 0; waitedMs < SIGNING.timeoutMs; waitedMs += SIGNING.pollMs) {
    const read = await getObject(connection, `${REQUESTS}/${name}`, signal);
    const { certificate, conditions } = readRequest(read, wasDeleted(name)).status;
    if (certificate !== undefined) return Buffer.from(certificate, 'base64').toString();
    const failure = conditions.find(({ type }) => type === 'Failed' || type === 'Denied');
    if (failure !== undefined) {
      throw new Error(
        `CertificateSigningRequest ${name} is ${failure.type}: ${failure.reason}: ${failure.message}`,
      );
    }
    await setTimeout(SIGNING.pollMs, undefined, { signal });
  }
  throw new Error(
    `the cluster has not signed CertificateSigningRequest ${name} within ${SIGNING.timeoutMs / 1_000} seconds: its controller manager may have no signer for ${SIGNER} (--cluster-signing-cert-file), as in managed clusters. ${OTHER_LOGINS}`,
  );
}
