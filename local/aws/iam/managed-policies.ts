const WRITE_LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

const MANAGE_NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

const allowOnEverything = (actions: readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

/** The AWS managed policies that a template can reference, by what follows `arn:<partition>:iam::aws:policy/`. */
export const AWS_MANAGED_POLICIES: ReadonlyMap<string, unknown> = new Map([
  ['service-role/AWSLambdaBasicExecutionRole', allowOnEverything(WRITE_LOGS)],
  [
    'service-role/AWSLambdaVPCAccessExecutionRole',
    allowOnEverything([...WRITE_LOGS, ...MANAGE_NETWORK_INTERFACES]),
  ],
]);
