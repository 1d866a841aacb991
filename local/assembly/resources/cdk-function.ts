import * as z from 'zod';
import { readProperties, type StackResource } from '../resource-type.ts';

/**
 * A function of CDK's own, which runs when a stack is deployed or removed and installs what CloudFormation cannot. It is
 * not run here, whatever its language: its ARN is known and its role has to trust Lambda, no more.
 */
export interface CdkFunction {
  readonly kind: 'foreign-function';
  readonly functionName: string;
  readonly arn: string;
  readonly roleArn: string;
}

/** How CDK describes the functions of its `KubectlProvider`, in aws-cdk-lib 2.276. */
const DESCRIPTION =
  /^(onEvent handler for EKS kubectl resource provider$|AWS CDK resource provider framework - )/;

// What else they say is CDK's to know.
const schema = z.object({ Role: z.string() });

/** The function, if it is one of CDK's: told by its description, so that no function of the product passes for one. */
export function readCdkFunction(
  resource: StackResource,
  names: { readonly functionName: string; readonly arn: string },
): CdkFunction | undefined {
  const description = resource.property('Description');
  if (typeof description !== 'string' || !DESCRIPTION.test(description)) return undefined;
  return { kind: 'foreign-function', ...names, roleArn: readProperties(resource, schema).Role };
}
