import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** What Lambda does with a function's role to put the function into a VPC (AWSLambdaVPCAccessExecutionRole, less its logs). */
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Lets Lambda, and not the code of the functions, manage network interfaces. Lambda takes the permission on every
 * resource only; the denial holds where a request comes from inside a function, which `lambda:SourceFunctionArn` tells.
 */
export function networkStatements(functionArns: readonly string[]): PolicyStatement[] {
  return [
    new PolicyStatement({ sid: 'JoinVpc', actions: NETWORK_ACTIONS, resources: ['*'] }),
    new PolicyStatement({
      sid: 'JoinVpcNotFromCode',
      effect: Effect.DENY,
      actions: NETWORK_ACTIONS,
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': [...functionArns] } },
    }),
  ];
}
