import * as z from 'zod';
import { AssemblyError } from '../assembly-error.ts';
import { type ResourceType, readProperties } from '../resource-type.ts';

/**
 * A Helm chart that CDK's own functions install in the cluster when the stack is deployed. Here nothing installs it: it
 * says what would be.
 */
export interface HelmChart {
  readonly kind: 'helm-chart';
  readonly clusterName: string;
  readonly release: string;
  readonly namespace: string;
  readonly createNamespace: boolean;
  /** What `helm --values` gets. */
  readonly values: unknown;
  /** Folder of the chart, as it is published. */
  readonly chartFolder: string;
  /** ARN of the function of CDK's that is asked to install it. */
  readonly serviceToken: string;
}

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is no JSON' });
    return z.NEVER;
  }
});

// A chart of a repository would have to be fetched to be read; one that comes with the stack is there.
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
      throw new AssemblyError(`ChartAssetURL ${properties.ChartAssetURL} is no s3:// address`);
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
