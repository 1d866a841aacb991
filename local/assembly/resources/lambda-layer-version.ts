import * as z from 'zod';
import {
  physicalName,
  type ResourceType,
  readProperties,
  type StackResource,
} from '../resource-type.ts';

/** A layer of CDK's own functions. Nothing here runs with one: a function of the product that names one is refused. */
export interface LambdaLayerVersion {
  readonly kind: 'lambda-layer-version';
  readonly arn: string;
}

const schema = z.strictObject({
  CompatibleArchitectures: z.array(z.string()).optional(),
  CompatibleRuntimes: z.array(z.string()).optional(),
  Content: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  Description: z.string().max(256).optional(),
  LayerName: z.string().optional(),
  LicenseInfo: z.string().max(512).optional(),
});

function arnOf(resource: StackResource): string {
  const { partition, region, account } = resource;
  return `arn:${partition}:lambda:${region}:${account}:layer:${physicalName(resource, 'LayerName', 140)}:1`;
}

export const lambdaLayerVersion: ResourceType<LambdaLayerVersion> = {
  type: 'AWS::Lambda::LayerVersion',
  ref: arnOf,
  attributes: { LayerVersionArn: arnOf },
  read: (resource) => {
    readProperties(resource, schema);
    return { kind: 'lambda-layer-version', arn: arnOf(resource) };
  },
};
