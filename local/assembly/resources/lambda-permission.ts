import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** A permission of a service to invoke a function, which is a statement of the function's resource policy. */
export interface LambdaPermission {
  readonly kind: 'lambda-permission';
  /** Name or ARN of the function. */
  readonly function: string;
  readonly statementId: string;
  readonly action: string;
  /** E.g. `events.amazonaws.com`. */
  readonly service: string;
  /** The resource on whose behalf the service can invoke the function; undefined for any. */
  readonly sourceArn: string | undefined;
  /** The account on whose behalf the service can invoke the function; undefined for any. */
  readonly sourceAccount: string | undefined;
}

// Permissions for accounts, organizations and function URLs are not supported; the product's stack has none.
const schema = z.strictObject({
  Action: z.string().regex(/^(lambda:\*|lambda:[A-Za-z]+|\*)$/),
  FunctionName: z.string(),
  Principal: z.string().regex(/\.amazonaws\.com(\.cn)?$/),
  SourceAccount: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  SourceArn: z
    .string()
    .regex(/^arn:[\w-]+:[^:]+:.*$/)
    .optional(),
});

export const lambdaPermission: ResourceType<LambdaPermission> = {
  type: 'AWS::Lambda::Permission',
  read: (resource) => {
    const properties = readProperties(resource, schema);
    return {
      kind: 'lambda-permission',
      function: properties.FunctionName,
      statementId: resource.logicalId,
      action: properties.Action,
      service: properties.Principal,
      sourceArn: properties.SourceArn,
      sourceAccount: properties.SourceAccount,
    };
  },
};
