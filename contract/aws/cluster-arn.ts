/** What the ARN of an EKS cluster consists of. */
export interface ClusterArn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly clusterName: string;
}

const CLUSTER_ARN =
  /^arn:(?<partition>aws(?:-[a-z]+)*):eks:(?<region>[a-z0-9-]+):(?<account>\d{12}):cluster\/(?<clusterName>[\w-]+)$/;

/** Returns the ARN of an EKS cluster. The parts may be CDK tokens. */
export function clusterArn({ partition, region, account, clusterName }: ClusterArn): string {
  return `arn:${partition}:eks:${region}:${account}:cluster/${clusterName}`;
}

/** Takes a cluster's ARN apart; undefined when the text is not the ARN of an EKS cluster. */
export function parseClusterArn(text: string): ClusterArn | undefined {
  const groups = CLUSTER_ARN.exec(text)?.groups ?? {};
  const { partition, region, account, clusterName } = groups;
  if (partition === undefined || region === undefined) return undefined;
  if (account === undefined || clusterName === undefined) return undefined;
  return { partition, region, account, clusterName };
}
