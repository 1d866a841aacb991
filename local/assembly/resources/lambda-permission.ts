import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** Who else may invoke a function: a statement of its resource policy, in the words of Lambda. */
export interface LambdaPermission {
  readonly kind: 'lambda-permission';
  /** Name or ARN of the function. */
  readonly function: string;
  readonly statementId: string;
  readonly action: string;
  /** A service, as `events.amazonaws.com`. */
  readonly service: string;
  /** On behalf of which resource; nothing means any. */
  readonly sourceArn: string | undefined;
  /** On behalf of which account; nothing means any. */
  readonly sourceAccount: string | undefined;
}

// Permissions for accounts, organizations and function URLs are not what a stack of this product gives.
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
