import * as z from 'zod';
import { naming, type ResourceType, readProperties, type StackResource } from '../resource-type.ts';

/**
 * A function that the CDK adds to a stack, which runs during deployment and installs what CloudFormation cannot. The
 * embedded cloud does not run it, whatever its runtime: only its ARN is known, and its role must trust Lambda.
 */
export interface CdkFunction {
  readonly kind: 'cdk-function';
  readonly functionName: string;
  readonly arn: string;
  readonly roleArn: string;
}

/** A layer of CDK functions. The product's functions have no layers; one that has is rejected. */
interface LambdaLayerVersion {
  readonly kind: 'lambda-layer-version';
  readonly arn: string;
}

/** How the CDK describes the functions of its `KubectlProvider`, as of aws-cdk-lib 2.276. */
const DESCRIPTION =
  /^(onEvent handler for EKS kubectl resource provider$|AWS CDK resource provider framework - )/;

// The other properties are the CDK's concern.
const functionSchema = z.object({ Role: z.string() });

const layerSchema = z.strictObject({
  CompatibleArchitectures: z.array(z.string()).optional(),
  CompatibleRuntimes: z.array(z.string()).optional(),
  Content: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  Description: z.string().max(256).optional(),
  LayerName: z.string().optional(),
  LicenseInfo: z.string().max(512).optional(),
});

/** Reads a function if it is the CDK's, which its description shows; undefined if it is the product's. */
export function readCdkFunction(
  resource: StackResource,
  names: { readonly functionName: string; readonly arn: string },
): CdkFunction | undefined {
  const description = resource.property('Description');
  if (typeof description !== 'string' || !DESCRIPTION.test(description)) return undefined;
  return { kind: 'cdk-function', ...names, roleArn: readProperties(resource, functionSchema).Role };
}

const { arnOf: layerArnOf } = naming({
  property: 'LayerName',
  maxLength: 140,
  service: 'lambda',
  path: (name) => `layer:${name}:1`,
});

export const lambdaLayerVersion: ResourceType<LambdaLayerVersion> = {
  type: 'AWS::Lambda::LayerVersion',
  ref: layerArnOf,
  attributes: { LayerVersionArn: layerArnOf },
  read: (resource) => {
    readProperties(resource, layerSchema);
    return { kind: 'lambda-layer-version', arn: layerArnOf(resource) };
  },
};
