import { App, Stack } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-eks';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface Surroundings {
  readonly clusterName: string;
  /** Trust policies of the roles of pods, by the name of the role. */
  readonly podRoles: Readonly<Record<string, object>>;
}

/** Synthesizes a stack with what the product finds on AWS: the EKS cluster, and roles of pods. Returns the folder. */
export function synthesizeSurroundings({ clusterName, podRoles }: Surroundings): string {
  const outdir = temporaryFolder();
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Surroundings');
  const clusterRole = new CfnRole(stack, 'ClusterRole', {
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'eks.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
  });
  new CfnCluster(stack, 'Cluster', {
    name: clusterName,
    roleArn: clusterRole.attrArn,
    resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
  });
  for (const [roleName, assumeRolePolicyDocument] of Object.entries(podRoles)) {
    new CfnRole(stack, roleName, { roleName, assumeRolePolicyDocument });
  }
  app.synth();
  return outdir;
}
