import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import { Stack } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Cluster, type ICluster, KubectlProvider } from 'aws-cdk-lib/aws-eks-v2';
import { Construct } from 'constructs';
import type { FunctionNetwork } from '../functions/function-network.ts';

export interface ClusterKubectlProps {
  readonly clusterName: string;
  /** Where the functions have to be to reach the cluster. @default - outside of any VPC */
  readonly network?: FunctionNetwork | undefined;
}

/**
 * CDK's own functions that run Helm and kubectl in the cluster when the stack is deployed, and their way into it. They are
 * cluster admins there, as who installs cluster roles and admission policies has to be, so no pod may have their role.
 */
export class ClusterKubectl extends Construct {
  /** The cluster, for what is to be installed in it. */
  readonly cluster: ICluster;
  /** Lets the functions in; what is installed has to wait for it, and to be gone before it. */
  readonly accessEntry: CfnAccessEntry;
  readonly roleArn: string;

  constructor(scope: Construct, id: string, { clusterName, network }: ClusterKubectlProps) {
    super(scope, id);
    const vpc = network === undefined ? {} : { vpc: network.vpc };
    // The provider needs a cluster, and a cluster of attributes takes only a provider that is made already.
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
    if (role === undefined) throw new Error('the kubectl provider of CDK has no role');
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
