import { describe, expect, it } from 'vitest';
import { renderSecret } from '../../../../../lambda/act/secrets/render-secret.ts';
import { createSecretApi } from '../../../../../lambda/act/secrets/typed-secret-api.ts';
import { aSecret } from '../../../../support/builders/builders.ts';
import { responseOf } from '../../../kubernetes/fake-connection.ts';

const FOREVER = new AbortController().signal;

/** The API over a connection that rejects every write. */
function rejecting(status: number, reason: string, message: string) {
  const body = Buffer.from(JSON.stringify({ kind: 'Status', reason, message }));
  const headers = { 'content-type': 'application/json' };
  return createSecretApi({ send: async () => responseOf({ status, headers, body }) });
}

/** All writes of Secrets, rejected. */
function allWrites(status: number, reason: string, message: string) {
  const api = rejecting(status, reason, message);
  const secret = aSecret('aws-iam-orders');
  const writes = [
    api.create('shop', 'aws-iam-orders', content, FOREVER),
    api.change(secret, content, FOREVER),
    // A webhook receives the whole Secret, whatever a write changes.
    api.change(secret, { annotations: { mark: null } }, FOREVER),
    api.remove(secret, FOREVER),
  ];
  // A test that awaits them one by one must not leave one unhandled.
  for (const write of writes) write.catch(() => {});
  return writes;
}

const credentials = {
  accessKeyId: 'ASIAMARKEDKEYMARKEDK',
  secretAccessKey: 'marked/secret+key/marked/secret+key/mark',
  sessionToken: 'marked-token-'.repeat(60),
  expiresAt: new Date('2026-11-23T13:00:00Z'),
};
const content = renderSecret(credentials, {
  roleArn: 'arn:aws:iam::123456789012:role/orders',
  fingerprint: 'a1b2c3d4',
  metadata: { labels: {}, annotations: {} },
});
const encoded = Object.entries(content.data).map(
  ([key, text]) => [key, Buffer.from(text).toString('base64')] as const,
);

describe('an error that may quote the Secret', () => {
  const written = (message: string) => allWrites(403, 'Forbidden', message);

  it('has no reason that Kubernetes does not define', async () => {
    const reason = credentials.secretAccessKey;
    const writing = rejecting(403, reason, 'is denied').create(
      'shop',
      'aws-iam-orders',
      content,
      FOREVER,
    );
    await expect(writing).rejects.toMatchObject({ status: 403, reason: '' });
    await expect(writing).rejects.not.toThrow(reason);
  });

  const decimal = [...Buffer.from(content.data['credentials'] ?? '')].join(' ');

  it.each([
    ['as JSON', JSON.stringify(Object.fromEntries(encoded))],
    ['as a file', content.data['credentials'] ?? ''],
    ['in the format of Go', `map[credentials:[${decimal}]]`],
    ['partly', credentials.secretAccessKey.slice(3, 20)],
    ['in hexadecimal', Buffer.from(credentials.sessionToken).toString('hex')],
  ])('is redacted when it quotes the Secret %s, but names its source', async (_, quoted) => {
    const denied = `admission webhook "audit.example.com" denied the request: ${quoted}`;
    for (const writing of written(denied)) {
      const error = await writing.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        status: 403,
        reason: 'Forbidden',
        message:
          'the Kubernetes API answered 403 Forbidden: admission webhook "audit.example.com" denied the request (message withheld: it may contain Secret data)',
      });
      expect(error).not.toHaveProperty('cause');
    }
  });

  it.each([
    [
      'a policy',
      "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: 91 100",
      /'p' with binding 'b' denied request \(message withheld/,
    ],
    [
      'a webhook that does not answer',
      'failed calling webhook "w.example.com": Post "https://x"',
      /webhook "w.example.com" \(message withheld/,
    ],
    ['no source', 'secret is [91 100 101]', /answered 403 Forbidden \(message withheld/],
  ])('names %s and nothing else', async (_, message, expected) => {
    for (const writing of written(message)) await expect(writing).rejects.toThrow(expected);
  });

  it.each([
    'secrets "aws-iam-orders" already exists',
    'secrets "aws-iam-orders" is forbidden: exceeded quota: few, requested: secrets=1, used: secrets=9, limited: secrets=9',
    'secrets is forbidden: User "arn:aws:sts::123456789012:assumed-role/r/s" cannot create resource "secrets" in API group "" in the namespace "shop"',
    'secrets "aws-iam-orders" is forbidden: unable to create new content in namespace shop because it is being terminated',
  ])('is not redacted when it is from the API server itself: %s', async (message) => {
    for (const writing of written(message)) await expect(writing).rejects.toThrow(message);
  });
});

describe("a denial by the chart's policy", () => {
  const POLICY = `ValidatingAdmissionPolicy 'kube-aws-iam-refresher' with binding 'kube-aws-iam-refresher' denied request`;
  const RULE = 'the refresher may add and change only its own labels.';
  const denied = (message: string) =>
    allWrites(422, 'Invalid', `secrets "aws-iam-orders" is forbidden: ${POLICY}: ${message}`);

  it('names the rule and the remedy', async () => {
    for (const writing of denied(`kube-aws-iam: ${RULE}`)) {
      await expect(writing).rejects.toThrow(
        /denied request: the refresher may add and change only its own labels\. If the chart .* cdk deploy, or kube-aws-iam manifests/,
      );
    }
  });

  it('of a Secret that is too large to check says so', async () => {
    const message = `expression 'variables.labels.all(key, ${'x'.repeat(500)})' resulted in error: validation failed due to running out of cost budget, no further validation rules will be run`;
    for (const writing of denied(message)) {
      await expect(writing).rejects.toThrow(/the Secret has too many keys, labels or annotations/);
    }
  });

  it.each([
    ['in the rule', `kube-aws-iam: the refresher may ${credentials.secretAccessKey}.`],
    ['after the rule', `kube-aws-iam: ${RULE} ${credentials.secretAccessKey}`],
    ['after a line', `kube-aws-iam: ${RULE}\n${credentials.accessKeyId}.`],
    ['in an expression', `running out of ${credentials.accessKeyId}`],
    ['instead of the rule', credentials.accessKeyId],
  ])('contains no credentials: %s', async (_, message) => {
    for (const writing of denied(message)) {
      await expect(writing).rejects.toThrow(/denied request \(message withheld/);
      await expect(writing).rejects.not.toThrow(credentials.accessKeyId);
    }
  });
});

describe('a validation error of the API server', () => {
  const { secretAccessKey } = credentials;
  const rules =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'";
  const VALUES = ' (values withheld: they may be Secret data)';
  const WITHHELD = '(message withheld: it may contain Secret data)';

  /** Messages of Kubernetes 1.36, and what is reported. */
  it.each([
    [
      'Secret "a" is invalid: data: Forbidden: field is immutable when `immutable` is set',
      ': data: Forbidden: field is immutable when `immutable` is set',
    ],
    [
      'Secret "a" is invalid: immutable: Forbidden: field is immutable when `immutable` is set',
      ': immutable: Forbidden: field is immutable when `immutable` is set',
    ],
    [
      'Secret "a" is invalid: [type: Invalid value: "kubernetes.io/tls": field is immutable, data[tls.crt]: Required value, data[tls.key]: Required value]',
      ': type: Invalid value: field is immutable, data: Required value',
    ],
    [
      `Secret "a" is invalid: [metadata.labels: Invalid value: "${secretAccessKey}": ${rules}, data: Forbidden: field is immutable when \`immutable\` is set]`,
      ': metadata.labels: Invalid value, data: Forbidden: field is immutable when `immutable` is set',
    ],
    [
      'Secret "a" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
      ': metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    [
      'Secret "a" is invalid: data: Too long: may not be more than 1048576 bytes',
      ': data: Too long: may not be more than 1048576 bytes',
    ],
    [
      `Secret "a" is invalid: data[${secretAccessKey}]: Invalid value: "${secretAccessKey}": a valid config key must consist of alphanumeric characters`,
      ': data: Invalid value',
    ],
    [
      `Secret "a" is invalid: metadata.finalizers[0]: Invalid value: "${secretAccessKey}": name is neither a standard finalizer name nor is it fully qualified`,
      ': metadata.finalizers: Invalid value',
    ],
    [
      'Secret "a" is invalid: metadata.uid: Invalid value: "other": field is immutable',
      ': metadata.uid: Invalid value: field is immutable',
    ],
    [
      'Secret "a" is invalid: [metadata.ownerReferences.kind: Invalid value: "": must not be empty, metadata.ownerReferences.uid: Invalid value: "": must not be empty]',
      ': metadata.ownerReferences: Invalid value: must not be empty',
    ],
  ])('is shown without values: %s', async (message, shown) => {
    for (const writing of allWrites(422, 'Invalid', message)) {
      await expect(writing).rejects.toMatchObject({
        status: 422,
        message: `the Kubernetes API answered 422 Invalid${shown}${VALUES}`,
      });
    }
  });

  it.each([
    // A patch that cannot be decoded: the server quotes the whole object.
    ` "" is invalid: patch: Invalid value: "{"data":{"credentials":"${secretAccessKey}"}}": illegal base64 data at input byte 0`,
    `Secret "a" is invalid: ${secretAccessKey}: Invalid value: "x": field is immutable`,
    `Secret "a" is invalid: metadata.labels: ${secretAccessKey}`,
    `secrets "a" is invalid: ${secretAccessKey}`,
    `is invalid: data: Forbidden: ${secretAccessKey}`,
  ])('is withheld if it has another form: %s', async (message) => {
    for (const writing of allWrites(422, 'Invalid', message)) {
      await expect(writing).rejects.toMatchObject({
        message: `the Kubernetes API answered 422 Invalid ${WITHHELD}`,
      });
    }
  });

  it.each([
    `Secret "a" is invalid: ${'data: Required value, type: Required value, '.repeat(30)}`,
    `Secret "a" is invalid: ${['name', 'namespace', 'labels', 'annotations', 'uid', 'finalizers'].map((field) => `metadata.${field}: Required value`).join(', ')}`,
  ])('has at most five different parts (%#)', async (message) => {
    const [writing] = allWrites(422, 'Invalid', message);
    const error = await writing?.catch((thrown: Error) => thrown);
    expect(String(error).match(/Required value/g)?.length).toBeLessThanOrEqual(5);
  });
});

describe('an admission error', () => {
  it.each([
    'admission webhook "w.example.com" denied the request: VALUE already exists',
    'admission webhook "w.example.com" denied the request: VALUE not found',
    'admission webhook "w.example.com" denied the request: Secret "a" is invalid: data: Forbidden: VALUE',
    'admission webhook "w.example.com" denied the request: secrets "a" is forbidden: exceeded quota: VALUE',
    'admission webhook "w.example.com" denied the request: Operation cannot be fulfilled on VALUE',
    'admission webhook "w.example.com" denied the request: etcdserver: VALUE',
  ])('cannot pass as one of the API server: %s', async (message) => {
    const value = credentials.secretAccessKey;
    for (const [status, reason] of [
      [403, 'Forbidden'],
      [422, 'Invalid'],
      [409, 'AlreadyExists'],
    ] as const) {
      for (const writing of allWrites(status, reason, message.replace('VALUE', value))) {
        const error = await writing.catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          message: expect.stringContaining('admission webhook "w.example.com" denied the request'),
        });
        expect(String(error)).not.toContain(value);
      }
    }
  });
});

describe('an error of etcd', () => {
  it.each(['mvcc: database space exceeded', 'request timed out', 'request is too large'])(
    'is shown: %s',
    async (said) => {
      const message = `rpc error: etcdserver: ${said} ASIASECRET`;
      for (const writing of allWrites(500, 'InternalError', message)) {
        await expect(writing).rejects.toMatchObject({
          message: `the Kubernetes API answered 500 InternalError: etcdserver: ${said} (values withheld: they may be Secret data)`,
        });
      }
    },
  );
});
