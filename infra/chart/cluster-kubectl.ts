import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import { Stack } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Cluster, type ICluster, KubectlProvider } from 'aws-cdk-lib/aws-eks-v2';
import { Construct } from 'constructs';
import type { FunctionNetwork } from '../functions/function-network.ts';

interface ClusterKubectlProps {
  readonly clusterName: string;
  /** Network from which the cluster is reachable. @default - the functions run outside a VPC */
  readonly network?: FunctionNetwork | undefined;
}

/**
 * CDK's functions that run Helm and kubectl in the cluster while the stack is deployed, and their access entry. They are
 * cluster admins, which is required to install cluster roles and admission policies, so no pod can use their role.
 */
export class ClusterKubectl extends Construct {
  /** The cluster to install charts in. */
  readonly cluster: ICluster;
  /** Authenticates the functions. Charts must depend on it, to be installed after it and deleted before it. */
  readonly accessEntry: CfnAccessEntry;
  readonly roleArn: string;

  constructor(scope: Construct, id: string, { clusterName, network }: ClusterKubectlProps) {
    super(scope, id);
    const vpc = network === undefined ? {} : { vpc: network.vpc };
    // The provider requires a cluster, and an imported cluster with a provider requires the provider to exist.
    const kubectlProvider = new KubectlProvider(this, 'Provider', {
      cluster: Cluster.fromClusterAttributes(this, 'Address', { clusterName, ...vpc }),
      kubectlLayer: new KubectlV36Layer(this, 'Kubectl'),
      ...(network === undefined
        ? {}
        : {
            privateSubnets: network.vpc.privateSubnets,
            securityGroups: [...network.securityGroups],
          }),
    });
    const { role } = kubectlProvider;
    if (role === undefined) throw new Error("CDK's kubectl provider has no role");
    this.roleArn = role.roleArn;
    this.cluster = Cluster.fromClusterAttributes(this, 'Cluster', {
      clusterName,
      kubectlProvider,
      ...vpc,
    });
    this.accessEntry = new CfnAccessEntry(this, 'AccessEntry', {
      clusterName,
      principalArn: this.roleArn,
      type: 'STANDARD',
      accessPolicies: [
        {
          policyArn: `arn:${Stack.of(this).partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
          accessScope: { type: 'cluster' },
        },
      ],
    });
  }
}
