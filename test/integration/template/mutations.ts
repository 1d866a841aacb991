import { CLUSTER_NAME } from '../../support/deployment/deployment.ts';
import type { Properties, Resource, Resources, Statement } from './resources.ts';

export const TEMPLATE_FILE = `KubeAwsIam-${CLUSTER_NAME}.template.json`;

/** The stack denies some roles of the second pattern. */
export const ASSUMABLE_ROLES = ['app-*', '*-deploy'];

/** One mistake in a template. */
interface Mutation {
  /** E.g. `AWS::Scheduler::Schedule SchedulesrefreshAC0B1031: another input`. */
  readonly name: string;
  /** Makes the mistake in a copy. */
  readonly make: (resources: Resources) => void;
  /** The functions that must fail, each by itself. @default - any problem will do */
  readonly failingFunctions?: readonly string[];
}

/** Roles and functions of CDK's constructs, which do not run here. */
const FOREIGN = /^ClusterKubectlProvider/;

/** Environment variables of Node.js, without effect on the product. */
const NODE_VARIABLES: ReadonlySet<string> = new Set(['NODE_OPTIONS']);

const FUNCTION = 'AWS::Lambda::Function';
const PERMISSION = 'AWS::Lambda::Permission';

type Change = readonly [what: string, change: (resource: Resource, all: Resources) => void];

/** The mistakes for each type of resource, in addition to missing policy statements. */
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
    ['a longer interval', ({ Properties }) => (Properties.ScheduleExpression = 'rate(1 hour)')],
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
        (Properties.Targets = Properties.Targets.map((one) => ({
          ...one,
          Arn: otherFunction(one.Arn, all),
        }))),
    ],
    [
      'the refresh function as target, which it may invoke',
      ({ Properties }, all) => {
        const refresh = arnOf(idOf(all, 'RefreshFunction'));
        Properties.Targets = Properties.Targets.map((one) => ({ ...one, Arn: refresh }));
        const permission = Object.values(all).find(({ Type }) => Type === PERMISSION);
        if (permission !== undefined) permission.Properties.FunctionName = refresh;
      },
    ],
    ['no target', ({ Properties }) => (Properties.Targets = [])],
    ['disabled', ({ Properties }) => (Properties.State = 'DISABLED')],
  ],
  'AWS::Events::EventBus': [['another name', ({ Properties }) => (Properties.Name = 'pods')]],
  [PERMISSION]: [
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
  [FUNCTION]: [
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

/** The mistakes for a function with reserved concurrency. */
const RESERVED: readonly Change[] = [
  ['no reserved concurrency', ({ Properties }) => delete Properties.ReservedConcurrentExecutions],
];

/** Returns every mistake, one at a time. `alarms.test.ts` has those in alarms. */
export function mutationsOf(resources: Resources): readonly Mutation[] {
  return [
    ...Object.entries(resources)
      .filter(([id]) => !FOREIGN.test(id))
      .flatMap(([id, resource]) => [
        ...statementMutations(id, resource),
        ...changesOf(id, resource),
      ]),
    ...environmentMutations(resources),
    {
      name: 'an unknown type of resource',
      make: (all) => {
        all['Surprise'] = { Type: 'AWS::SQS::Queue', Properties: {} as Properties };
      },
    },
  ];
}

function changesOf(id: string, { Type, Properties }: Resource): readonly Mutation[] {
  // The access entry of CDK is for Helm, which does not run here.
  if (Type === 'AWS::EKS::AccessEntry' && Properties.KubernetesGroups === undefined) return [];
  if (Type === 'AWS::IAM::Role' && Properties.RoleName === undefined) return [];
  const more = Type === FUNCTION && Properties.ReservedConcurrentExecutions ? RESERVED : [];
  return [...(CHANGES[Type] ?? []), ...more].map(([what, change]) => ({
    name: `${Type} ${id}: ${what}`,
    make: (all) => {
      const resource = all[id];
      if (resource !== undefined) change(resource, all);
    },
  }));
}

/** Finds the lists of policy statements in the properties of a resource. */
const STATEMENTS: readonly ((properties?: Properties) => Statement[] | undefined)[] = [
  (properties) => properties?.AssumeRolePolicyDocument?.Statement,
  (properties) => properties?.Policies?.[0]?.PolicyDocument.Statement,
  (properties) => properties?.PolicyDocument?.Statement,
  (properties) => properties?.KeyPolicy?.Statement,
];

function statementMutations(id: string, { Type, Properties }: Resource): readonly Mutation[] {
  const inLists = STATEMENTS.flatMap((find) =>
    (find(Properties) ?? []).map(({ Sid }, index) => ({
      name: `${Type} ${id}: without statement ${Sid ?? index}`,
      make: (all: Resources) => void find(all[id]?.Properties)?.splice(index, 1),
    })),
  );
  if (Type !== 'AWS::Events::EventBusPolicy') return inLists;
  const make = (all: Resources) => without(all, id);
  return [...inLists, { name: `${Type} ${id}: without it`, make }];
}

/** One mistake for each variable, in all functions that have it at once: each of them must fail. */
function environmentMutations(resources: Resources): readonly Mutation[] {
  const functions = Object.entries(resources).filter(
    ([id, { Type }]) => Type === FUNCTION && !FOREIGN.test(id),
  );
  const withVariable = (name: string) =>
    functions.flatMap(([id, { Properties }]) =>
      Object.hasOwn(variablesOf(Properties), name)
        ? [{ id, name: String(Properties.FunctionName) }]
        : [],
    );
  const names = new Set(functions.flatMap(([, one]) => Object.keys(variablesOf(one.Properties))));
  return [...names]
    .filter((name) => !NODE_VARIABLES.has(name))
    .map((name) => ({
      name: `${FUNCTION}: ${name} under another name`,
      make: (all) => {
        for (const { id } of withVariable(name)) {
          const variables = variablesOf(all[id]?.Properties);
          variables[`X_${name}`] = variables[name];
          delete variables[name];
        }
      },
      failingFunctions: withVariable(name).map((one) => one.name),
    }));
}

function variablesOf(properties: Properties | undefined): Record<string, unknown> {
  return properties?.Environment?.Variables ?? {};
}

function without(all: Resources, id: string): void {
  delete all[id];
  for (const resource of Object.values(all)) {
    if (resource.DependsOn) resource.DependsOn = resource.DependsOn.filter((one) => one !== id);
  }
}

function idOf(all: Resources, prefix: string): string {
  const id = Object.keys(all).find((one) => one.startsWith(prefix));
  if (id === undefined) throw new Error(`the template has no resource ${prefix}*`);
  return id;
}

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** Returns another function. */
function otherFunction(meant: unknown, all: Resources): object {
  const isRefresh = JSON.stringify(meant).includes('RefreshFunction');
  return arnOf(idOf(all, isRefresh ? 'SweepFunction' : 'RefreshFunction'));
}

function otherInput({ Target }: Properties): string {
  return Target.Input.includes('refresh') ? '{"pass":"sweep"}' : '{"pass":"refresh"}';
}

function inValues({ Properties }: Resource, text: string, other: string): void {
  Properties.Values = JSON.parse(JSON.stringify(Properties.Values).replaceAll(text, other));
}
