import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type IWidget,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { WIDTH } from '../monitoring/dashboard/graph.ts';
import { FLEET_NAME } from '../names.ts';
import { FLEET_ALARM_IDS, fleetAlarmName } from './fleet-alarms.ts';
import { clustersThatCompleted, type FleetQuery, fleetMetric } from './fleet-metrics.ts';
import type { FleetRegion } from './fleet-regions.ts';

interface FleetDashboardProps {
  readonly regions: readonly FleetRegion[];
}

/** Series of a graph: more cannot be told apart. */
const SERIES = 15;
const FIVE_MINUTES = Duration.minutes(5);
const SWEEP = Duration.minutes(20);

/** The graphs of a Region with a series for each of the clusters that are the worst. */
const GRAPHS: readonly (Omit<FleetQuery, 'limit' | 'region'> & {
  readonly title: string;
  readonly order: 'ASC' | 'DESC';
})[] = [
  {
    title: 'Completed refreshes in 5 minutes: the fewest',
    metric: 'runsCompleted',
    service: 'refresh',
    aggregate: 'SUM',
    period: FIVE_MINUTES,
    order: 'ASC',
  },
  {
    title: 'Seconds to the nearest expiry: the shortest',
    metric: 'nearestExpirySeconds',
    service: 'refresh',
    aggregate: 'MIN',
    period: FIVE_MINUTES,
    order: 'ASC',
  },
  {
    title: 'Secrets overdue: the most',
    metric: 'renewalsOverdue',
    service: 'refresh',
    aggregate: 'MAX',
    period: FIVE_MINUTES,
    order: 'DESC',
  },
  {
    title: 'Secrets that failed (operator): the most',
    metric: 'failedForOperator',
    service: 'refresh',
    aggregate: 'MAX',
    period: FIVE_MINUTES,
    order: 'DESC',
  },
  {
    title: 'Secrets that failed (tenants): the most',
    metric: 'failedForTenants',
    service: 'refresh',
    aggregate: 'MAX',
    period: FIVE_MINUTES,
    order: 'DESC',
  },
  {
    title: 'Sweeps held back by the brake',
    metric: 'removalBraked',
    service: 'sweep',
    aggregate: 'MAX',
    period: SWEEP,
    order: 'DESC',
  },
  {
    title: 'Secrets in use, by account',
    metric: 'inUse',
    service: 'refresh',
    aggregate: 'SUM',
    period: Duration.minutes(1),
    order: 'DESC',
    by: 'account',
  },
];

/** One dashboard for all Regions: which clusters are well, and which are not. */
export class FleetDashboard extends Construct {
  constructor(scope: Construct, id: string, { regions }: FleetDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: FLEET_NAME,
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.INHERIT,
    });
    dashboard.addWidgets(introduction(regions));
    for (const one of regions) {
      dashboard.addWidgets(...(one.isLinked ? [this.alarmsOf(one)] : []), completedGraph(one));
      dashboard.addWidgets(...GRAPHS.map((graph) => graphOf(graph, one.region)));
    }
  }

  /** The state of the alarms, which are in the stack of the Region. */
  private alarmsOf({ region }: FleetRegion): IWidget {
    const alarms = FLEET_ALARM_IDS.map((id) => {
      const alarmArn = Stack.of(this).formatArn({
        region,
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: fleetAlarmName('page', id),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
      return Alarm.fromAlarmArn(this, `${region}-${id}`, alarmArn);
    });
    return new AlarmStatusWidget({ title: region, alarms, width: WIDTH.half, height: 6 });
  }
}

function introduction(regions: readonly FleetRegion[]): IWidget {
  const counts = regions.map(
    ({ region, clusters, sourceAccounts }) =>
      `${region}: ${clusters.length} clusters, ${sourceAccounts.length} linked accounts`,
  );
  return new TextWidget({
    markdown: [
      '## kube-aws-iam: all clusters',
      `${counts.join('; ')}. For each Region: the alarms, how many clusters complete their passes (the line is the number of configured ones), then the worst ${SERIES} clusters by each measure, as account and cluster. A cluster that emits nothing is missing in the graphs; find it with \`kube-aws-iam doctor --all-clusters\`, and open its own dashboard in its account.`,
    ].join('\n\n'),
    width: WIDTH.full,
    height: 3,
  });
}

function completedGraph({ region, clusters }: FleetRegion): IWidget {
  const value = clusters.length;
  return new GraphWidget({
    title: `Clusters that complete refreshes in ${region}`,
    region,
    left: [clustersThatCompleted('refresh', FIVE_MINUTES, region)],
    leftAnnotations: [{ value, label: 'configured', color: Color.RED }],
    leftYAxis: { min: 0, showUnits: false },
    width: WIDTH.half,
    height: 6,
  });
}

function graphOf({ title, order, ...query }: (typeof GRAPHS)[number], region: string): IWidget {
  return new GraphWidget({
    title,
    region,
    left: [fleetMetric({ ...query, region, limit: { order, count: SERIES } })],
    leftYAxis: { min: 0, showUnits: false },
    width: WIDTH.quarter,
    height: 6,
  });
}
