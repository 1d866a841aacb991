import { createHash } from 'node:crypto';
import * as z from 'zod';
import { regionalArn } from '../../aws/arn.ts';
import { type ResourceType, readProperties, type StackResource } from '../resource-type.ts';

/** A secret in Secrets Manager, which is created without a value. */
interface Secret {
  readonly kind: 'secret';
  readonly name: string;
  readonly arn: string;
}

const schema = z.strictObject({
  Description: z.string().max(2_048).optional(),
  KmsKeyId: z.string().optional(),
  Name: z.string().regex(/^[\w/+=.@-]{1,512}$/),
  Tags: z.unknown().optional(),
});

const nameOf = (resource: StackResource) => String(resource.property('Name'));

/** The ARN ends with six characters that Secrets Manager chooses. */
function arnOf(resource: StackResource): string {
  const name = nameOf(resource);
  const hash = createHash('sha256').update(`${resource.stackName}/${name}`).digest('base64');
  const suffix = hash.replaceAll(/[^A-Za-z]/g, '').slice(0, 6);
  return regionalArn(resource, 'secretsmanager', `secret:${name}-${suffix}`);
}

export const secret: ResourceType<Secret> = {
  type: 'AWS::SecretsManager::Secret',
  ref: arnOf,
  attributes: { Id: arnOf },
  read: (resource) => ({
    kind: 'secret',
    name: readProperties(resource, schema).Name,
    arn: arnOf(resource),
  }),
};
