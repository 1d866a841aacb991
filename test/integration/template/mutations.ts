import { CLUSTER_NAME } from '../../support/deployment.ts';

export const TEMPLATE_FILE = `KubeAwsIam-${CLUSTER_NAME}.template.json`;

/** Of the second pattern, the stack denies a part. */
export const ASSUMABLE_ROLES = ['app-*', '*-deploy'];

/** A resource of a template, as far as it is changed here. */
export interface Resource {
  Type: string;
  DependsOn?: string[];
  // biome-ignore lint/suspicious/noExplicitAny: whatever property there is can be made wrong
  Properties: any;
}
export type Resources = Record<string, Resource>;

/** One mistake in a template. */
export interface Mutation {
  /** E.g. `AWS::Scheduler::Schedule SchedulesrefreshAC0B1031: another input`. */
  readonly name: string;
  /** Makes it, in a copy. */
  readonly make: (resources: Resources) => void;
}

/** Roles and functions that CDK makes for its own work; nobody here runs them. */
const FOREIGN = /^ClusterKubectlProvider/;

/** What the template would be that the functions are told nothing by. */
const TOLD_TO_NODE: ReadonlySet<string> = new Set(['NODE_OPTIONS']);

type Change = readonly [what: string, change: (resource: Resource, all: Resources) => void];

/** What can be wrong with a resource of each type beside its statements: each change is a mistake of its own. */
const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  'AWS::Scheduler::Schedule': [
    ['another input', ({ Properties }) => (Properties.Target.Input = '{"pass":"refreshing"}')],
    [
      'the input of the other',
      ({ Properties }) => (Properties.Target.Input = otherInput(Properties)),
    ],
    [
      'another target',
      ({ Properties }, all) => (Properties.Target.Arn = otherFunction(Properties.Target.Arn, all)),
    ],
    [
      'another role',
      ({ Properties }, all) => (Properties.Target.RoleArn = arnOf(idOf(all, 'RefresherRole'))),
    ],
    ['seldom', ({ Properties }) => (Properties.ScheduleExpression = 'rate(1 hour)')],
    ['disabled', ({ Properties }) => (Properties.State = 'DISABLED')],
  ],
  'AWS::Events::Rule': [
    ['another source', ({ Properties }) => (Properties.EventPattern.source = ['kube-aws-iam'])],
    [
      'another detail type',
      ({ Properties }) => (Properties.EventPattern['detail-type'] = ['Wanted']),
    ],
    ['the default bus', ({ Properties }) => delete Properties.EventBusName],
    [
      'another target',
      ({ Properties }, all) =>
        (Properties.Targets[0].Arn = otherFunction(Properties.Targets[0].Arn, all)),
    ],
    ['no target', ({ Properties }) => (Properties.Targets = [])],
    ['disabled', ({ Properties }) => (Properties.State = 'DISABLED')],
  ],
  'AWS::Events::EventBus': [['another name', ({ Properties }) => (Properties.Name = 'pods')]],
  'AWS::Lambda::Permission': [
    ['another principal', ({ Properties }) => (Properties.Principal = 'sns.amazonaws.com')],
    [
      'another source',
      ({ Properties }) =>
        (Properties.SourceArn = 'arn:aws:events:eu-central-1:123456789012:rule/other'),
    ],
    [
      'another function',
      ({ Properties }, all) =>
        (Properties.FunctionName = otherFunction(Properties.FunctionName, all)),
    ],
    ['another action', ({ Properties }) => (Properties.Action = 'lambda:GetFunction')],
  ],
  'AWS::EKS::AccessEntry': [
    ['another group', ({ Properties }) => (Properties.KubernetesGroups = ['readers'])],
    [
      'another principal',
      ({ Properties }, all) => (Properties.PrincipalArn = arnOf(idOf(all, 'ForwarderRole'))),
    ],
    ['another cluster', ({ Properties }) => (Properties.ClusterName = 'other')],
  ],
  'AWS::Lambda::EventInvokeConfig': [
    ['more tries', ({ Properties }) => (Properties.MaximumRetryAttempts = 2)],
    ['events of any age', ({ Properties }) => (Properties.MaximumEventAgeInSeconds = 21_600)],
  ],
  'AWS::Lambda::Function': [
    ['another handler', ({ Properties }) => (Properties.Handler = 'index.handler')],
    [
      'another role',
      ({ Properties }, all) => (Properties.Role = arnOf(idOf(all, 'ForwarderRole'))),
    ],
    ['no time', ({ Properties }) => (Properties.Timeout = 3)],
    ['another name', ({ Properties }) => (Properties.FunctionName = 'somebody-else')],
    [
      'a log of warnings only',
      ({ Properties }) => (Properties.LoggingConfig.ApplicationLogLevel = 'ERROR'),
    ],
  ],
  'AWS::IAM::Role': [['another name', ({ Properties }) => (Properties.RoleName = 'somebody-else')]],
  'AWS::KMS::Key': [],
  'AWS::SNS::Topic': [],
  'Custom::AWSCDK-EKS-HelmChart': [
    ['another bus in its values', (chart) => inValues(chart, 'kube-aws-iam-test', 'another-bus')],
    [
      'another role in its values',
      (chart) => inValues(chart, 'kube-aws-iam-forwarder-', 'kube-aws-iam-other-'),
    ],
    ['another namespace', ({ Properties }) => (Properties.Namespace = 'other')],
  ],
};

/** Every mistake that is made in a template, one at a time; those in alarms are made by alarms.test.ts. */
export function mutationsOf(resources: Resources): readonly Mutation[] {
  return [
    ...Object.entries(resources)
      .filter(([id]) => !FOREIGN.test(id))
      .flatMap(([id, resource]) => [
        ...statementMutations(id, resource),
        ...environmentMutations(id, resource),
        ...changesOf(id, resource),
      ]),
    {
      name: 'a type of resource that nobody knows here',
      make: (all) => {
        all['Surprise'] = { Type: 'AWS::SQS::Queue', Properties: {} };
      },
    },
  ];
}

function changesOf(id: string, { Type, Properties }: Resource): readonly Mutation[] {
  // CDK's own way into the cluster is one of Helm's, which does not run here.
  if (Type === 'AWS::EKS::AccessEntry' && Properties.KubernetesGroups === undefined) return [];
  if (Type === 'AWS::IAM::Role' && Properties.RoleName === undefined) return [];
  return (CHANGES[Type] ?? []).map(([what, change]) => ({
    name: `${Type} ${id}: ${what}`,
    make: (all) => {
      const resource = all[id];
      if (resource !== undefined) change(resource, all);
    },
  }));
}

/** The lists of statements of a resource, each found anew in a copy. */
// biome-ignore lint/suspicious/noExplicitAny: see Resource
const STATEMENTS: readonly ((properties: any) => unknown[] | undefined)[] = [
  (properties) => properties.AssumeRolePolicyDocument?.Statement,
  (properties) => properties.Policies?.[0]?.PolicyDocument.Statement,
  (properties) => properties.PolicyDocument?.Statement,
  (properties) => properties.KeyPolicy?.Statement,
];

function statementMutations(id: string, { Type, Properties }: Resource): readonly Mutation[] {
  const inLists = STATEMENTS.flatMap((find) =>
    (find(Properties) ?? []).map((statement, index) => ({
      name: `${Type} ${id}: without statement ${sidOf(statement) ?? index}`,
      make: (all: Resources) => void find(all[id]?.Properties)?.splice(index, 1),
    })),
  );
  if (Type !== 'AWS::Events::EventBusPolicy') return inLists;
  const make = (all: Resources) => without(all, id);
  return [...inLists, { name: `${Type} ${id}: without it`, make }];
}

function sidOf(statement: unknown): string | undefined {
  return (statement as { readonly Sid?: string }).Sid;
}

function environmentMutations(id: string, { Type, Properties }: Resource): readonly Mutation[] {
  if (Type !== 'AWS::Lambda::Function') return [];
  return Object.keys(Properties.Environment?.Variables ?? {})
    .filter((name) => !TOLD_TO_NODE.has(name))
    .map((name) => ({
      name: `${Type} ${id}: ${name} under another name`,
      make: (all) => {
        const { Variables } = all[id]?.Properties.Environment ?? {};
        Variables[`X_${name}`] = Variables[name];
        delete Variables[name];
      },
    }));
}

function without(all: Resources, id: string): void {
  delete all[id];
  for (const resource of Object.values(all)) {
    if (resource.DependsOn) resource.DependsOn = resource.DependsOn.filter((one) => one !== id);
  }
}

function idOf(all: Resources, prefix: string): string {
  const id = Object.keys(all).find((one) => one.startsWith(prefix));
  if (id === undefined) throw new Error(`there is no ${prefix}`);
  return id;
}

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** The function that is not meant. */
function otherFunction(meant: unknown, all: Resources): object {
  const isRefresh = JSON.stringify(meant).includes('RefreshFunction');
  return arnOf(idOf(all, isRefresh ? 'SweepFunction' : 'RefreshFunction'));
}

function otherInput({ Target }: Resource['Properties']): string {
  return Target.Input.includes('refresh') ? '{"pass":"sweep"}' : '{"pass":"refresh"}';
}

function inValues({ Properties }: Resource, text: string, other: string): void {
  Properties.Values = JSON.parse(JSON.stringify(Properties.Values).replaceAll(text, other));
}
