import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type ResourceType, readProperties, type StackResource } from '../resource-type.ts';

/** A symmetric key of KMS. */
export interface KmsKey {
  readonly kind: 'kms-key';
  readonly keyId: string;
  readonly arn: string;
  readonly policy: unknown;
}

const schema = z.strictObject({
  Description: z.string().max(8_192).optional(),
  EnableKeyRotation: z.boolean().optional(),
  KeyPolicy: z.record(z.string(), z.unknown()),
  PendingWindowInDays: z.number().int().min(7).max(30).optional(),
  RotationPeriodInDays: z.number().int().min(90).max(2_560).optional(),
  Tags: z.unknown().optional(),
});

// KMS gives random ids in this form.
function idOf({ stackName, logicalId }: StackResource): string {
  const hex = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function arnOf(resource: StackResource): string {
  const { partition, region, account } = resource;
  return `arn:${partition}:kms:${region}:${account}:key/${idOf(resource)}`;
}

export const kmsKey: ResourceType<KmsKey> = {
  type: 'AWS::KMS::Key',
  ref: idOf,
  attributes: { Arn: arnOf, KeyId: idOf },
  read: (resource) => ({
    kind: 'kms-key',
    keyId: idOf(resource),
    arn: arnOf(resource),
    policy: readProperties(resource, schema).KeyPolicy,
  }),
};
