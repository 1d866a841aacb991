import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Construct } from 'constructs';
import { REFRESHERS_GROUP } from '../../contract/kubernetes/cluster-access.ts';

interface ClusterAccessEntryProps {
  readonly clusterName: string;
  /** The role to authenticate. EKS stores its unique ID: if the role is replaced, the entry must be replaced too. */
  readonly roleArn: string;
}

/**
 * Authenticates the refresher's role to the cluster as a member of the group `kube-aws-iam:refreshers`, which has no
 * permissions until the Helm chart grants them. The cluster's authentication mode must be `API` or `API_AND_CONFIG_MAP`.
 */
export class ClusterAccessEntry extends Construct {
  constructor(scope: Construct, id: string, { clusterName, roleArn }: ClusterAccessEntryProps) {
    super(scope, id);
    // The L2 construct supports no Kubernetes groups, only EKS access policies, all of which grant too much.
    new CfnAccessEntry(this, 'Resource', {
      clusterName,
      principalArn: roleArn,
      type: 'STANDARD',
      kubernetesGroups: [REFRESHERS_GROUP],
    });
  }
}
