import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Construct } from 'constructs';
import { REFRESHERS_GROUP } from '../../contract/cluster-access.ts';

export interface ClusterAccessEntryProps {
  readonly clusterName: string;
  /** The role that is let in. EKS keeps its unique id: after a replacement the entry has to be made anew too. */
  readonly roleArn: string;
}

/**
 * Lets the refresher's role into the cluster as a member of `kube-aws-iam:refreshers`, which may do nothing until the Helm
 * chart says what. The cluster's authentication mode must be `API` or `API_AND_CONFIG_MAP`.
 */
export class ClusterAccessEntry extends Construct {
  constructor(scope: Construct, id: string, { clusterName, roleArn }: ClusterAccessEntryProps) {
    super(scope, id);
    // The L2 construct has no Kubernetes groups, only access policies of EKS, all of which grant more than is needed.
    new CfnAccessEntry(this, 'Resource', {
      clusterName,
      principalArn: roleArn,
      type: 'STANDARD',
      kubernetesGroups: [REFRESHERS_GROUP],
    });
  }
}
