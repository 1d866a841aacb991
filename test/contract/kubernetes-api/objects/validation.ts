import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace } from '../contract-context.ts';

const DNS_SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const CONFIG_KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const MIB = 1_048_576;

/** Validation of objects, and its error messages. */
export const validationContract: ContractSuite = (server) => {
  describeInNamespace('validation', server, (context) => {
    const create = async (body: unknown) => {
      const { api, secrets } = context();
      return api.send('POST', secrets, { body });
    };

    it('lists every invalid field, in the message and as causes', async () => {
      const { status, body } = await create({ metadata: { name: 'A_b' }, data: { 'bad key': '' } });
      const causes = [
        {
          reason: 'FieldValueInvalid',
          message: `Invalid value: "A_b": ${DNS_SUBDOMAIN}`,
          field: 'metadata.name',
        },
        {
          reason: 'FieldValueInvalid',
          message: `Invalid value: "bad key": ${CONFIG_KEY}`,
          field: 'data[bad key]',
        },
      ];
      expect(status).toBe(422);
      expect(body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `Secret "A_b" is invalid: [${causes.map((c) => `${c.field}: ${c.message}`).join(', ')}]`,
        reason: 'Invalid',
        details: { name: 'A_b', kind: 'Secret', causes },
        code: 422,
      });
    });

    it.each([
      [
        'no name',
        { metadata: {} },
        'metadata.name: Required value: name or generateName is required',
      ],
      [
        'a long name',
        { metadata: { name: 'a'.repeat(254) } },
        'must be no more than 253 characters',
      ],
      ['a key of one dot', { metadata: { name: 'x' }, data: { '.': '' } }, "must not be '.'"],
      ['a key of two dots', { metadata: { name: 'x' }, data: { '..': '' } }, "must not be '..'"],
      [
        'a key that leads out',
        { metadata: { name: 'x' }, data: { '..a': '' } },
        "must not start with '..'",
      ],
      [
        'a label value',
        { metadata: { name: 'x', labels: { a: '-b' } } },
        'metadata.labels: Invalid value: "-b": a valid label must be an empty string or consist of',
      ],
      [
        'a label key',
        { metadata: { name: 'x', labels: { '/a': 'b' } } },
        'metadata.labels: Invalid value: "/a": prefix part must be non-empty',
      ],
      [
        'an annotation key',
        { metadata: { name: 'x', annotations: { 'x y': 'b' } } },
        'metadata.annotations: Invalid value: "x y": name part must consist of',
      ],
      [
        'an owner without uid',
        {
          metadata: { name: 'x', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p' }] },
        },
        // In Kubernetes 1.32, the text goes on with "uid".
        /metadata\.ownerReferences\.uid: Invalid value: "": (uid )?must not be empty/,
      ],
      [
        'a TLS Secret without its keys',
        { metadata: { name: 'x' }, type: 'kubernetes.io/tls' },
        '[data[tls.crt]: Required value, data[tls.key]: Required value]',
      ],
      [
        "a ServiceAccount's token without ServiceAccount",
        { metadata: { name: 'x' }, type: 'kubernetes.io/service-account-token' },
        'metadata.annotations[kubernetes.io/service-account.name]: Required value',
      ],
    ])('refuses %s', async (_what, body, message) => {
      expect((await create(body)).body).toMatchObject({
        message:
          message instanceof RegExp
            ? expect.stringMatching(message)
            : expect.stringContaining(message),
        reason: 'Invalid',
        code: 422,
      });
    });

    it('accepts exactly one MiB of data', async () => {
      const ofSize = (bytes: number) => ({ k: Buffer.alloc(bytes).toString('base64') });
      expect((await create({ metadata: { name: 'full' }, data: ofSize(MIB) })).status).toBe(201);
      expect(
        (await create({ metadata: { name: 'over' }, data: ofSize(MIB + 1) })).body,
      ).toMatchObject({
        message: 'Secret "over" is invalid: data: Too long: may not be more than 1048576 bytes',
        details: { causes: [{ reason: 'FieldValueTooLong', field: 'data' }] },
        code: 422,
      });
    });

    it('rejects a body over three MiB', async () => {
      const { status } = await create({
        metadata: { name: 'x' },
        stringData: { k: 'x'.repeat(3 * MIB) },
      });
      expect(status).toBe(413);
    });

    it.each([
      ['data that is not base64', { metadata: { name: 'x' }, data: { k: '%%' } }],
      ['data that is no string', { metadata: { name: 'x' }, data: { k: 1 } }],
      ['a label that is no string', { metadata: { name: 'x', labels: { a: 1 } } }],
      ['another kind', { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } }],
      ['another version', { kind: 'Secret', apiVersion: 'v2', metadata: { name: 'x' } }],
    ])('cannot read %s', async (_what, body) => {
      expect((await create(body)).body).toMatchObject({
        message: expect.stringContaining('cannot be handled as a Secret'),
        reason: 'BadRequest',
        code: 400,
      });
    });

    it.each([['{bad'], ['[]'], ['"x"']])('cannot read %s', async (body) => {
      expect((await create(body)).body).toMatchObject({
        message: expect.stringContaining(
          'the object provided is unrecognized (must be of type Secret)',
        ),
        reason: 'BadRequest',
        code: 400,
      });
    });

    it('refuses a namespace other than that of the path, and a resourceVersion on a new object', async () => {
      expect((await create({ metadata: { name: 'x', namespace: 'other' } })).body).toMatchObject({
        message:
          'the namespace of the provided object does not match the namespace sent on the request',
        code: 400,
      });
      expect((await create({ metadata: { name: 'x', resourceVersion: '5' } })).body).toMatchObject({
        message: 'resourceVersion should not be set on objects to be created',
        code: 500,
      });
    });

    it('never changes the type of a Secret', async () => {
      const { api, secrets } = context();
      await create({ metadata: { name: 'typed' } });
      const body = { metadata: { name: 'typed' }, type: 'example.com/other' };
      expect((await api.send('PUT', `${secrets}/typed`, { body })).body).toMatchObject({
        message:
          'Secret "typed" is invalid: type: Invalid value: "example.com/other": field is immutable',
        code: 422,
      });
    });

    it('keeps the data of an immutable Secret, but changes its labels', async () => {
      const { api, secrets } = context();
      await create({ metadata: { name: 'frozen' }, immutable: true, data: { k: 'eA==' } });
      const put = (body: object) =>
        api.send('PUT', `${secrets}/frozen`, { body: { metadata: { name: 'frozen' }, ...body } });
      expect((await put({ immutable: true, data: { k: 'eQ==' } })).body).toMatchObject({
        message:
          'Secret "frozen" is invalid: data: Forbidden: field is immutable when `immutable` is set',
        details: { causes: [{ reason: 'FieldValueForbidden', field: 'data' }] },
        code: 422,
      });
      expect((await put({ data: { k: 'eA==' } })).status).toBe(422);
      const metadata = { name: 'frozen', labels: { a: 'b' } };
      expect((await put({ immutable: true, data: { k: 'eA==' }, metadata })).status).toBe(200);
    });
  });
};
