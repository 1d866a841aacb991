import { Annotations } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { ClusterSettings } from '../settings/cluster-settings.ts';

/** The network of functions that reach a private API endpoint. */
export interface FunctionNetwork {
  /** The functions run in its private subnets. */
  readonly vpc: IVpc;
  readonly securityGroups: readonly ISecurityGroup[];
}

/** Imports the network of the setting `vpc`. Returns undefined if the functions run outside a VPC. */
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
    'The stack creates no routes.',
  );
  return {
    vpc: imported,
    // Immutable: the stack adds no rules to security groups that it does not own.
    securityGroups: vpc.securityGroupIds.map((groupId) =>
      SecurityGroup.fromSecurityGroupId(scope, groupId, groupId, { mutable: false }),
    ),
  };
}
