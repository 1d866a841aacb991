import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** Another name of a key. */
export interface KmsAlias {
  readonly kind: 'kms-alias';
  /** `alias/<name>`. */
  readonly name: string;
  /** Id or ARN. */
  readonly keyId: string;
}

const schema = z.strictObject({
  AliasName: z.string().regex(/^alias\/(?!aws\/)[\w/-]{1,250}$/),
  TargetKeyId: z.string(),
});

export const kmsAlias: ResourceType<KmsAlias> = {
  type: 'AWS::KMS::Alias',
  ref: (resource) => String(resource.property('AliasName')),
  read: (resource) => {
    const { AliasName, TargetKeyId } = readProperties(resource, schema);
    return { kind: 'kms-alias', name: AliasName, keyId: TargetKeyId };
  },
};
