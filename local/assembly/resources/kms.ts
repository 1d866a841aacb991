import { createHash } from 'node:crypto';
import * as z from 'zod';
import { regionalArn } from '../../aws/arn.ts';
import { type ResourceType, readProperties, type StackResource } from '../resource-type.ts';

/** A symmetric KMS key. */
interface KmsKey {
  readonly kind: 'kms-key';
  readonly keyId: string;
  readonly arn: string;
  readonly policy: unknown;
}

/** An alias of a key. */
interface KmsAlias {
  readonly kind: 'kms-alias';
  /** `alias/<name>`. */
  readonly name: string;
  /** ID or ARN. */
  readonly keyId: string;
}

const keySchema = z.strictObject({
  Description: z.string().max(8_192).optional(),
  EnableKeyRotation: z.boolean().optional(),
  KeyPolicy: z.record(z.string(), z.unknown()),
  PendingWindowInDays: z.number().int().min(7).max(30).optional(),
  RotationPeriodInDays: z.number().int().min(90).max(2_560).optional(),
  Tags: z.unknown().optional(),
});

const aliasSchema = z.strictObject({
  AliasName: z.string().regex(/^alias\/(?!aws\/)[\w/-]{1,250}$/),
  TargetKeyId: z.string(),
});

// In the format of the random IDs that KMS generates.
function idOf({ stackName, logicalId }: StackResource): string {
  const hex = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

const arnOf = (resource: StackResource) => regionalArn(resource, 'kms', `key/${idOf(resource)}`);

export const kmsKey: ResourceType<KmsKey> = {
  type: 'AWS::KMS::Key',
  ref: idOf,
  attributes: { Arn: arnOf, KeyId: idOf },
  read: (resource) => ({
    kind: 'kms-key',
    keyId: idOf(resource),
    arn: arnOf(resource),
    policy: readProperties(resource, keySchema).KeyPolicy,
  }),
};

export const kmsAlias: ResourceType<KmsAlias> = {
  type: 'AWS::KMS::Alias',
  ref: (resource) => String(resource.property('AliasName')),
  read: (resource) => {
    const { AliasName, TargetKeyId } = readProperties(resource, aliasSchema);
    return { kind: 'kms-alias', name: AliasName, keyId: TargetKeyId };
  },
};
