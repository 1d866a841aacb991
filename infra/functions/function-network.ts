import { Annotations } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { ClusterSettings } from '../settings/cluster-settings.ts';

/** The network of a cluster whose API endpoint is private. */
export interface FunctionNetwork {
  /** The private subnets of this are used. */
  readonly vpc: IVpc;
  readonly securityGroups: readonly ISecurityGroup[];
}

/** The network that the setting `vpc` names; undefined when functions are to run outside of any. */
export function importNetwork(
  scope: Construct,
  vpc: ClusterSettings['vpc'],
): FunctionNetwork | undefined {
  if (vpc === undefined) return undefined;
  const imported = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: vpc.vpcId,
    availabilityZones: vpc.availabilityZones,
    privateSubnetIds: vpc.subnetIds,
  });
  Annotations.of(imported).acknowledgeWarning(
    '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    'The stack makes no routes.',
  );
  return {
    vpc: imported,
    // Not ours: no rule is added to them.
    securityGroups: vpc.securityGroupIds.map((groupId) =>
      SecurityGroup.fromSecurityGroupId(scope, groupId, groupId, { mutable: false }),
    ),
  };
}
