import { ArnFormat, Stack } from 'aws-cdk-lib';
import {
  Effect,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { FUNCTIONS } from '../functions/bundle.ts';
import { functionNameOf, refresherRoleName } from '../names.ts';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';
import { networkStatements } from './network-statements.ts';

export interface RefresherRoleProps {
  readonly clusterName: string;
  /** ARN patterns of the roles that pods can have, and no others; it assumes them unless another role does. */
  readonly assumableRoles: readonly string[];
  /** The role through which it assumes those of pods, if there is one. */
  readonly intermediateRoleArn: string | undefined;
  /** Whether the sessions of pods' roles carry tags. */
  readonly sessionTags: boolean;
  /** The role of the forwarder, if it gets its credentials from the refresher. */
  readonly forwarderRoleArn: string | undefined;
  /** ARN patterns of the roles that it may not assume, whatever else allows them. */
  readonly neverAssumed: readonly string[];
  /** Where the functions log; the role may write there and nowhere else. */
  readonly logGroups: readonly ILogGroup[];
  /** Whether the functions run in a VPC, for which Lambda makes network interfaces in the role's name. */
  readonly inVpc: boolean;
}

/**
 * The one IAM role of both functions, so that the trust policies of the pods' roles have one principal to name.
 *
 * Its name is fixed (`names.ts`), and replacing it breaks two things that hold on to its unique id and not to its name: the EKS access
 * entry, and every trust policy that names its ARN as principal. The documented trust policy names the account and
 * compares `aws:PrincipalArn`, which survives.
 *
 * All permissions are inline, so that they are there before the first function uses the role, and gone with it.
 */
export class RefresherRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: RefresherRoleProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.role = new Role(this, 'Role', {
      roleName: refresherRoleName(stack.region, props.clusterName),
      description: `Gives AWS credentials to the pods of the EKS cluster ${props.clusterName}`,
      // Without aws:SourceAccount: Lambda documents no such key when it assumes an execution role, and a role cannot be
      // passed to a function of another account anyway (iam:PassRole ends at the account).
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        refresher: new PolicyDocument({ statements: this.statements(props) }),
      },
    });
    acknowledgeWildcards(
      this.role,
      props.intermediateRoleArn === undefined ? props.assumableRoles : [],
      'The setting assumableRoles is a list of patterns; one that means every role is refused, and the trust policy of each role has the last word.',
    );
    acknowledgeWildcards(
      this.role,
      props.inVpc ? ['*'] : [],
      'Lambda takes the permission to manage network interfaces on every resource only; code inside the functions is denied it.',
    );
  }

  private statements(props: RefresherRoleProps): PolicyStatement[] {
    return [
      props.intermediateRoleArn === undefined
        ? new PolicyStatement({
            sid: 'AssumeRolesOfPods',
            actions: ['sts:AssumeRole', ...(props.sessionTags ? ['sts:TagSession'] : [])],
            resources: [...props.assumableRoles],
          })
        : new PolicyStatement({
            sid: 'AssumeIntermediateRole',
            actions: ['sts:AssumeRole'],
            resources: [props.intermediateRoleArn],
          }),
      ...(props.forwarderRoleArn === undefined
        ? []
        : [
            new PolicyStatement({
              sid: 'AssumeForwarderRole',
              actions: ['sts:AssumeRole'],
              resources: [props.forwarderRoleArn],
            }),
          ]),
      new PolicyStatement({
        sid: 'NeverAssume',
        effect: Effect.DENY,
        actions: ['sts:AssumeRole'],
        resources: [...props.neverAssumed],
      }),
      new PolicyStatement({
        sid: 'FindCluster',
        actions: ['eks:DescribeCluster'],
        resources: [this.arn('eks', 'cluster', props.clusterName, ArnFormat.SLASH_RESOURCE_NAME)],
      }),
      new PolicyStatement({
        sid: 'WriteLogs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: props.logGroups.map((group) => group.logGroupArn),
      }),
      ...(props.inVpc ? networkStatements(this.functionArns(props.clusterName)) : []),
    ];
  }

  /** Made from the names: the functions need the role before they exist. */
  private functionArns(clusterName: string): string[] {
    return FUNCTIONS.map((name) =>
      this.arn(
        'lambda',
        'function',
        functionNameOf(clusterName, name),
        ArnFormat.COLON_RESOURCE_NAME,
      ),
    );
  }

  private arn(service: string, resource: string, resourceName: string, arnFormat: ArnFormat) {
    return Stack.of(this).formatArn({ service, resource, resourceName, arnFormat });
  }
}
