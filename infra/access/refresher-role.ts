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
import { acknowledgeWildcards } from '../nag-acknowledgements.ts';
import { FUNCTION_NAMES, functionNameOf, refresherRoleName } from '../names.ts';
import { rotatesLogin } from '../settings/cluster-login.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { ClusterRoles } from './cluster-roles.ts';

interface RefresherRoleProps {
  readonly settings: ClusterSettings;
  readonly roles: ClusterRoles;
  /** ARN of the secret with the login to a cluster that is not on EKS. */
  readonly loginSecretArn?: string | undefined;
  /** The only log groups that the role can write to. */
  readonly logGroups: readonly ILogGroup[];
}

/** What Lambda does in the name of a function in a VPC (AWSLambdaVPCAccessExecutionRole, without its logs). */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** What Lambda does in the name of a function that X-Ray traces (AWSXRayDaemonWriteAccess, without its sampling rules). */
const TRACE_ACTIONS = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];

/**
 * The IAM role of the functions. They share one role so that the trust policies of pods' roles name one principal.
 *
 * Its name is fixed (`names.ts`). Replacing the role breaks two things that store its unique ID and not its name: the EKS
 * access entry, and every trust policy that has its ARN as principal. The documented trust policy has the account as
 * principal and compares `aws:PrincipalArn`, which survives.
 *
 * All policies are inline: they exist before the first function uses the role, and are deleted with it.
 */
export class RefresherRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: RefresherRoleProps) {
    super(scope, id);
    const { settings, roles } = props;
    this.role = new Role(this, 'Role', {
      roleName: refresherRoleName(Stack.of(this).region, settings.clusterName),
      description: `Issues AWS credentials to pods of the cluster ${settings.clusterName}`,
      // Without aws:SourceAccount: Lambda does not document that key for execution roles, and a role cannot be passed to
      // a function of another account anyway (iam:PassRole).
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        refresher: new PolicyDocument({ statements: this.statements(props) }),
      },
    });
    acknowledgeWildcards(
      this.role,
      settings.assumeRole === undefined && settings.sessions.source === 'role'
        ? roles.assumableRoles
        : [],
      'The setting assumableRoles is a list of patterns. A pattern that matches every role is rejected, and each role must also trust the refresher.',
    );
    acknowledgeWildcards(
      this.role,
      settings.vpc === undefined && !settings.tracing ? [] : ['*'],
      'The permissions to manage network interfaces and to send traces have no resources. Those for network interfaces are denied to the code of the functions.',
    );
  }

  private statements(props: RefresherRoleProps): PolicyStatement[] {
    const { settings, roles, loginSecretArn, logGroups } = props;
    const { clusterName, kind } = settings;
    return [
      ...assumeRoleStatements(settings, roles),
      ...(kind === 'eks'
        ? [
            new PolicyStatement({
              sid: 'FindCluster',
              actions: ['eks:DescribeCluster'],
              resources: [this.arn('eks', 'cluster', clusterName, ArnFormat.SLASH_RESOURCE_NAME)],
            }),
          ]
        : []),
      ...(loginSecretArn === undefined ? [] : [loginStatement(settings, loginSecretArn)]),
      new PolicyStatement({
        sid: 'WriteLogs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: logGroups.map((group) => group.logGroupArn),
      }),
      ...(settings.vpc === undefined ? [] : this.networkStatements(clusterName)),
      ...(settings.tracing
        ? [new PolicyStatement({ sid: 'SendTraces', actions: TRACE_ACTIONS, resources: ['*'] })]
        : []),
    ];
  }

  /**
   * Allows Lambda, but not the code of the functions, to manage network interfaces. Lambda requires the permissions on
   * every resource; the Deny applies to requests from inside a function, which carry `lambda:SourceFunctionArn`.
   */
  private networkStatements(clusterName: string): PolicyStatement[] {
    // Derived from the names: the functions need the role before they exist.
    const functionArns = FUNCTION_NAMES.map((name) =>
      this.arn(
        'lambda',
        'function',
        functionNameOf(clusterName, name),
        ArnFormat.COLON_RESOURCE_NAME,
      ),
    );
    return [
      new PolicyStatement({ sid: 'JoinVpc', actions: NETWORK_INTERFACE_ACTIONS, resources: ['*'] }),
      new PolicyStatement({
        sid: 'JoinVpcNotFromCode',
        effect: Effect.DENY,
        actions: NETWORK_INTERFACE_ACTIONS,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArns } },
      }),
    ];
  }

  private arn(service: string, resource: string, resourceName: string, arnFormat: ArnFormat) {
    return Stack.of(this).formatArn({ service, resource, resourceName, arnFormat });
  }
}

/** A login that the refresher does not replace itself cannot be replaced with its permissions. */
function loginStatement(settings: ClusterSettings, secretArn: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'LogInToCluster',
    actions: [
      'secretsmanager:GetSecretValue',
      ...(rotatesLogin(settings) ? ['secretsmanager:PutSecretValue'] : []),
    ],
    resources: [secretArn],
  });
}

/** Returns the statements about roles of pods. */
export function assumeRoleStatements(
  settings: ClusterSettings,
  roles: ClusterRoles,
): PolicyStatement[] {
  const assume = (sid: string, resources: readonly string[], actions = ['sts:AssumeRole']) =>
    new PolicyStatement({ sid, actions, resources: [...resources] });
  const ofPods =
    settings.assumeRole === undefined
      ? assume('AssumeRolesOfPods', roles.assumableRoles, [
          'sts:AssumeRole',
          ...(settings.sessionTags ? ['sts:TagSession'] : []),
        ])
      : assume('AssumeIntermediateRole', [settings.assumeRole]);
  return [
    // With an identity of the cluster, sessions of pods' roles need no permission of this role.
    ...(settings.sessions.source === 'oidc' ? [] : [ofPods]),
    ...(roles.forwarderRoleArn === undefined
      ? []
      : [assume('AssumeForwarderRole', [roles.forwarderRoleArn])]),
    new PolicyStatement({
      sid: 'NeverAssume',
      effect: Effect.DENY,
      actions: ['sts:AssumeRole'],
      resources: [...roles.neverAssumed],
    }),
  ];
}
