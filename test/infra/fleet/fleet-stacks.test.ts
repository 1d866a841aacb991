import { App, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FLEET_ALARM_IDS } from '../../../infra/fleet/fleet-alarms.ts';
import { createFleetStacks } from '../../../infra/fleet/fleet-stacks.ts';
import { readAppSettings } from '../../../infra/settings/read-app-settings.ts';
import {
  readClusterSettings,
  SettingsError,
} from '../../../infra/settings/read-cluster-settings.ts';
import { appWith, CDK_CONTEXT, CLUSTER } from '../../support/deployment/synthesize.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const MONITORING = '999999999999';
const [ONE, TWO] = ['111111111111', '222222222222'];
const [FRANKFURT, DUBLIN] = ['eu-central-1', 'eu-west-1'];
const SINK_ID = '0123abcd-0123-abcd-0123-0123456789ab';
const sinkArn = (region: string, account = MONITORING) =>
  `arn:aws:oam:${region}:${account}:sink/${SINK_ID}`;
const SINK_ARNS = { [FRANKFURT]: sinkArn(FRANKFURT), [DUBLIN]: sinkArn(DUBLIN) };

/** Four clusters in two Regions of two accounts, and one in the monitoring account. */
const CLUSTERS = [
  { account: ONE, region: FRANKFURT },
  { account: ONE, region: FRANKFURT },
  { account: TWO, region: FRANKFURT },
  { account: TWO, region: DUBLIN },
  { account: MONITORING, region: DUBLIN },
].map((place, i) => ({ ...CLUSTER, ...place, clusterName: `prod-${i}` }));

/** The whole app, checked by cdk-nag and CDK's rules. */
const wholeApp = (fleet: object, clusters: readonly object[] = CLUSTERS) =>
  appWith({ fleet: { account: MONITORING, ...fleet } }, ...clusters);

/** An app with the stacks of the fleet only. */
function fleetApp(more: object, clusters: readonly object[] = CLUSTERS): App {
  const app = new App({
    outdir: temporaryFolder(),
    context: { ...CDK_CONTEXT, '@aws-cdk/core:validateAgainstDefaultRules': false },
  });
  const { fleet } = readAppSettings({ fleet: { account: MONITORING, ...more } });
  if (fleet === undefined) throw new Error('no fleet');
  createFleetStacks(app, fleet, readClusterSettings({ clusters }));
  return app;
}

function stacksOf(app: App): ReadonlyMap<string, Stack> {
  const stacks = app.node.children.map((child) => [child.node.id, child as Stack] as const);
  return new Map(stacks.filter(([id]) => id.startsWith('KubeAwsIamFleet')));
}

function templateOf(app: App, id: string): Template {
  const stack = stacksOf(app).get(id);
  if (stack === undefined) throw new Error(`no stack ${id}`);
  return Template.fromStack(stack);
}

function resourceOf(template: Template, type: string) {
  const [resource] = Object.values(template.findResources(type));
  return resource?.['Properties'];
}

describe('the stacks of a fleet', () => {
  it('are one in each Region of the monitoring account, and a link for each other account', () => {
    const stacks = [...stacksOf(fleetApp({ sinkArns: SINK_ARNS })).values()];
    expect(
      stacks.map((stack) => [stack.node.id, stack.stackName, stack.account, stack.region]),
    ).toEqual([
      ['KubeAwsIamFleet-eu-central-1', 'KubeAwsIamFleet', MONITORING, FRANKFURT],
      [`KubeAwsIamFleetLink-${ONE}-eu-central-1`, 'KubeAwsIamFleetLink', ONE, FRANKFURT],
      [`KubeAwsIamFleetLink-${TWO}-eu-central-1`, 'KubeAwsIamFleetLink', TWO, FRANKFURT],
      ['KubeAwsIamFleet-eu-west-1', 'KubeAwsIamFleet', MONITORING, DUBLIN],
      [`KubeAwsIamFleetLink-${TWO}-eu-west-1`, 'KubeAwsIamFleetLink', TWO, DUBLIN],
    ]);
    for (const stack of stacks.filter(({ node }) => node.id.startsWith('KubeAwsIamFleetLink'))) {
      expect(stack.dependencies.map(({ node }) => node.id)).toEqual([
        `KubeAwsIamFleet-${stack.region}`,
      ]);
    }
  });

  it('do not exist without the setting', () => {
    expect(stacksOf(appWith({}, ...CLUSTERS)).size).toBe(0);
  });

  it('have the templates of the snapshot', () => {
    const app = fleetApp({ sinkArns: SINK_ARNS, alarmEmail: 'on-call@example.com' });
    for (const id of ['KubeAwsIamFleet-eu-central-1', `KubeAwsIamFleetLink-${ONE}-eu-central-1`]) {
      expect(templateOf(app, id).toJSON()).toMatchSnapshot(id);
    }
  });

  it.each([
    ['created', {}],
    ['linked', { sinkArns: { [DUBLIN]: sinkArn(DUBLIN) } }],
    ['of an organization', { organizationId: 'o-0123456789', createLinks: false }],
    ['that exist', { createSinks: false, createLinks: false }],
  ])('have no findings of cdk-nag: sinks %s', (_, fleet) => {
    const assembly = wholeApp(fleet, CLUSTERS.slice(3)).synth();
    for (const { messages } of assembly.stacks) {
      expect(messages.filter(({ level }) => level === 'error')).toEqual([]);
    }
  });

  it('share the metrics of the product, and nothing else', () => {
    const template = templateOf(
      fleetApp({ sinkArns: SINK_ARNS }),
      `KubeAwsIamFleetLink-${TWO}-eu-west-1`,
    );
    expect(resourceOf(template, 'AWS::Oam::Link')).toEqual({
      LabelTemplate: '$AccountName',
      LinkConfiguration: { MetricConfiguration: { Filter: "Namespace = 'KubeAwsIam'" } },
      ResourceTypes: ['AWS::CloudWatch::Metric'],
      SinkIdentifier: sinkArn(DUBLIN),
    });
    expect(Object.keys(template.toJSON()['Resources'])).toHaveLength(1);
  });

  it('admit the accounts of the clusters in the Region', () => {
    const template = templateOf(fleetApp({}), 'KubeAwsIamFleet-eu-west-1');
    expect(resourceOf(template, 'AWS::Oam::Sink').Policy.Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: [TWO] },
        Action: ['oam:CreateLink', 'oam:UpdateLink'],
        Resource: '*',
        Condition: {
          'ForAllValues:StringEquals': { 'oam:ResourceTypes': ['AWS::CloudWatch::Metric'] },
          Null: { 'oam:ResourceTypes': 'false' },
        },
      },
    ]);
  });

  it('admit the organization if it is set', () => {
    const app = fleetApp({ organizationId: 'o-0123456789' });
    const [statement] = resourceOf(templateOf(app, 'KubeAwsIamFleet-eu-west-1'), 'AWS::Oam::Sink')
      .Policy.Statement;
    expect(statement.Principal).toBe('*');
    expect(statement.Condition.StringEquals).toEqual({ 'aws:PrincipalOrgID': 'o-0123456789' });
  });

  it.each([
    [{}, 2, 0, 2],
    [{ sinkArns: SINK_ARNS }, 2, 3, 0],
    [{ sinkArns: { [DUBLIN]: sinkArn(DUBLIN) } }, 2, 1, 1],
    [{ sinkArns: SINK_ARNS, createSinks: false }, 0, 3, 0],
    [{ createLinks: false }, 2, 0, 0],
    [{ createSinks: false, createLinks: false }, 0, 0, 0],
  ])('with %j have %i sinks, %i links and %i warnings', (fleet, sinks, links, warnings) => {
    const stacks = [...stacksOf(fleetApp(fleet)).values()];
    const count = (type: string) =>
      stacks.flatMap((stack) => Object.keys(Template.fromStack(stack).findResources(type))).length;
    const warned = stacks.flatMap((stack) =>
      Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('output SinkArn')),
    );
    expect([count('AWS::Oam::Sink'), count('AWS::Oam::Link'), warned.length]).toEqual([
      sinks,
      links,
      warnings,
    ]);
  });

  it('have no sink in a Region whose clusters are all in the monitoring account', () => {
    const app = fleetApp({}, CLUSTERS.slice(4));
    templateOf(app, 'KubeAwsIamFleet-eu-west-1').resourceCountIs('AWS::Oam::Sink', 0);
  });
});

describe('the alarms of a fleet', () => {
  it.each([
    [{}, 0, 0],
    [{ sinkArns: { [DUBLIN]: sinkArn(DUBLIN) } }, 0, 6],
    [{ sinkArns: SINK_ARNS }, 6, 6],
    [{ createLinks: false }, 6, 6],
  ])('with %j do not exist before the accounts are linked', (fleet, frankfurt, dublin) => {
    const some = fleetApp(fleet);
    const countIn = (region: string) =>
      Object.keys(
        templateOf(some, `KubeAwsIamFleet-${region}`).findResources('AWS::CloudWatch::Alarm'),
      ).length;
    expect([countIn(FRANKFURT), countIn(DUBLIN)]).toEqual([frankfurt, dublin]);
  });

  const app = wholeApp({ sinkArns: { [FRANKFURT]: sinkArn(FRANKFURT) } }, CLUSTERS.slice(0, 3));
  const template = templateOf(app, 'KubeAwsIamFleet-eu-central-1');
  const alarmOf = (some: Template, name: string) =>
    Object.values(some.findResources('AWS::CloudWatch::Alarm')).find(
      ({ Properties }) => Properties.AlarmName === name,
    )?.['Properties'];

  it('are pages of the same name as those of a cluster', () => {
    const names = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmName,
    );
    expect(names.sort()).toEqual(FLEET_ALARM_IDS.map((id) => `KubeAwsIamFleet-page-${id}`).sort());
    const cluster = app.node.findChild('KubeAwsIam-prod-0') as Stack;
    for (const id of FLEET_ALARM_IDS) {
      const own = alarmOf(Template.fromStack(cluster), `kube-aws-iam-prod-0-page-${id}`);
      expect(own, id).toBeDefined();
    }
  });

  it.each(['renewals-overdue', 'secrets-failing', 'sts-throttled', 'api-throttled'])(
    '%s has the threshold, the periods and the metric of the alarm of a cluster',
    (id) => {
      const cluster = Template.fromStack(app.node.findChild('KubeAwsIam-prod-0') as Stack);
      const own = alarmOf(cluster, `kube-aws-iam-prod-0-page-${id}`);
      const fleet = alarmOf(template, `KubeAwsIamFleet-page-${id}`);
      for (const key of [
        'Threshold',
        'DatapointsToAlarm',
        'EvaluationPeriods',
        'ComparisonOperator',
      ]) {
        expect({ key, value: fleet[key] }).toEqual({ key, value: own[key] });
      }
      const [{ MetricStat: stat }] = own.Metrics;
      const [{ Expression, Period }] = fleet.Metrics;
      const aggregate = { Maximum: 'MAX', Sum: 'SUM' }[stat.Stat as 'Maximum' | 'Sum'];
      expect(Period).toBe(stat.Period);
      expect(Expression).toBe(
        `SELECT ${aggregate}(${stat.Metric.MetricName}) FROM SCHEMA("KubeAwsIam", "Cluster", "service") WHERE "service" = 'refresh' GROUP BY AWS.AccountId, "Cluster" ORDER BY ${aggregate}() DESC`,
      );
      expect(fleet.TreatMissingData).toBe('notBreaching');
    },
  );

  it.each([
    ['refresh-stopped', 300, 'refresh'],
    ['sweep-stopped', 1_800, 'sweep'],
  ])('%s counts the clusters, so that one without any data is missed', (id, period, service) => {
    const alarm = alarmOf(template, `KubeAwsIamFleet-page-${id}`);
    expect(alarm).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 3,
      DatapointsToAlarm: 2,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
    expect(alarm.Metrics).toEqual([
      expect.objectContaining({ Expression: 'SUM(clusters)' }),
      expect.objectContaining({
        Id: 'clusters',
        Expression: `SELECT MAX(RunsCompleted) FROM SCHEMA("KubeAwsIam", "Cluster", "service") WHERE "service" = '${service}' GROUP BY AWS.AccountId, "Cluster" ORDER BY MAX() DESC`,
        Period: period,
        ReturnData: false,
      }),
    ]);
  });

  it('notify the topic of the Region, which accepts no other alarms', () => {
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Alarm'))) {
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([
        [{ Ref: topic }],
        [{ Ref: topic }],
      ]);
    }
    expect(JSON.stringify(resourceOf(template, 'AWS::SNS::TopicPolicy'))).toContain(
      `:cloudwatch:eu-central-1:${MONITORING}:alarm:KubeAwsIamFleet-page-*`,
    );
  });
});

describe('the dashboard of a fleet', () => {
  it.each([
    [{ sinkArns: SINK_ARNS }, FRANKFURT, DUBLIN],
    [{ createLinks: false, dashboardRegion: DUBLIN }, DUBLIN, FRANKFURT],
  ])('with %j is in %s and shows all Regions', (fleet, region, other) => {
    const app = fleetApp(fleet);
    templateOf(app, `KubeAwsIamFleet-${other}`).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    const dashboard = resourceOf(
      templateOf(app, `KubeAwsIamFleet-${region}`),
      'AWS::CloudWatch::Dashboard',
    );
    expect(dashboard.DashboardName).toBe('KubeAwsIamFleet');
    const text: string = dashboard.DashboardBody;
    for (const one of [FRANKFURT, DUBLIN]) {
      for (const id of FLEET_ALARM_IDS) {
        expect(text).toContain(`:cloudwatch:${one}:${MONITORING}:alarm:KubeAwsIamFleet-page-${id}`);
      }
      expect(text).toContain(`"region":"${one}"`);
    }
    for (const metric of [
      'NearestExpirySeconds',
      'RenewalsOverdue',
      'SecretsFailedForTenants',
      'RemovalBraked',
    ]) {
      expect(text).toMatch(new RegExp(`SELECT \\w+\\(${metric}\\)`));
    }
  });

  it('has no widget with two queries: CloudWatch runs one in a request', () => {
    const dashboard = resourceOf(
      templateOf(fleetApp({}), `KubeAwsIamFleet-${FRANKFURT}`),
      'AWS::CloudWatch::Dashboard',
    );
    const body = JSON.parse(dashboard.DashboardBody);
    for (const { properties } of body.widgets) {
      const queries = (properties.metrics ?? []).filter((metric: unknown) =>
        JSON.stringify(metric).includes('SELECT'),
      );
      expect(queries.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('the setting fleet', () => {
  const problemsOf = (fleet: unknown, clusters: readonly object[] = CLUSTERS) => {
    try {
      appWith({ fleet }, ...clusters);
      return [];
    } catch (error) {
      if (error instanceof SettingsError) return error.problems;
      throw error;
    }
  };

  it.each([
    [{}, /^fleet is \{\}; it must be an object with account/],
    [{ account: MONITORING, sinks: [] }, /^fleet is .*; it must be an object with account/],
    [{ account: '1' }, /^fleet is .*12 digits/],
    [{ account: MONITORING, sinkArns: { [DUBLIN]: 'arn:aws:oam:x' } }, /^fleet is .*sinkArns/],
    [{ account: MONITORING, organizationId: 'org' }, /organizationId \("o-…"\)/],
    [
      { account: MONITORING, sinkArns: { 'us-east-1': sinkArn('us-east-1') } },
      /^fleet\.sinkArns\["us-east-1"\] is .*; no cluster is in us-east-1; the Regions are eu-central-1, eu-west-1$/,
    ],
    [
      { account: MONITORING, sinkArns: { [DUBLIN]: sinkArn(FRANKFURT) } },
      /^fleet\.sinkArns\["eu-west-1"\] is .*; it must be a sink in eu-west-1 and in fleet\.account, 999999999999$/,
    ],
    [
      { account: MONITORING, sinkArns: { [DUBLIN]: sinkArn(DUBLIN, ONE) } },
      /it must be a sink in eu-west-1 and in fleet\.account/,
    ],
    [
      { account: MONITORING, createSinks: false, sinkArns: { [DUBLIN]: sinkArn(DUBLIN) } },
      /^fleet\.sinkArns\["eu-central-1"\] is missing; .*aws oam list-sinks --region eu-central-1/,
    ],
    [
      { account: MONITORING, dashboardRegion: 'us-east-1' },
      /^fleet\.dashboardRegion is "us-east-1"; it must be a Region of a cluster: eu-central-1, eu-west-1$/,
    ],
  ])('rejects %j', (fleet, problem) => {
    expect(problemsOf(fleet)).toEqual([expect.stringMatching(problem)]);
  });

  it('needs the account and Region of every cluster, and names those without', () => {
    const unplaced = CLUSTERS.map(({ account, ...cluster }) => cluster);
    expect(problemsOf({ account: MONITORING }, unplaced)).toEqual([
      expect.stringMatching(
        /^fleet needs account and region of every cluster; .*: "prod-0", "prod-1", "prod-2" and 2 more$/,
      ),
    ]);
    expect(problemsOf({ account: MONITORING }, [CLUSTERS[0] ?? {}])).toEqual([]);
  });

  it('can be text, as -c passes it', () => {
    expect(problemsOf(JSON.stringify({ account: MONITORING }))).toEqual([]);
  });
});
