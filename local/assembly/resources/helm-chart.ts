import * as z from 'zod';
import { AssemblyError } from '../assembly-error.ts';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** A Helm chart that a CDK function installs in the cluster during deployment. The embedded cloud does not install it. */
export interface HelmChart {
  readonly kind: 'helm-chart';
  readonly clusterName: string;
  readonly release: string;
  readonly namespace: string;
  readonly createNamespace: boolean;
  /** The value of `helm --values`. */
  readonly values: unknown;
  /** Folder of the chart among the assembly's assets. */
  readonly chartFolder: string;
  /** ARN of the CDK function that installs it. */
  readonly serviceToken: string;
}

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});

// Charts from repositories are not supported, as they would have to be downloaded; an asset is part of the assembly.
const schema = z.strictObject({
  Atomic: z.boolean().optional(),
  ChartAssetURL: z.string(),
  ClusterName: z.string(),
  CreateNamespace: z.boolean().default(false),
  Namespace: z.string(),
  Release: z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,51}[a-z0-9])?$/),
  ServiceToken: z.string(),
  SkipCrds: z.boolean().optional(),
  Timeout: z.string().optional(),
  Values: json.default({}),
  Wait: z.boolean().optional(),
});

export const helmChart: ResourceType<HelmChart> = {
  type: 'Custom::AWSCDK-EKS-HelmChart',
  read: (resource) => {
    const properties = readProperties(resource, schema);
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(properties.ChartAssetURL) ?? [];
    if (bucket === undefined || key === undefined) {
      throw new AssemblyError(`ChartAssetURL ${properties.ChartAssetURL} is not an s3:// URL`);
    }
    return {
      kind: 'helm-chart',
      clusterName: properties.ClusterName,
      release: properties.Release,
      namespace: properties.Namespace,
      createNamespace: properties.CreateNamespace,
      values: properties.Values,
      chartFolder: resource.assetFolder(bucket, key),
      serviceToken: properties.ServiceToken,
    };
  },
};
