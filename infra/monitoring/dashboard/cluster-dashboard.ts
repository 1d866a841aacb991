import { Duration } from 'aws-cdk-lib';
import { Dashboard, PeriodOverride } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { dashboardNameOf } from '../../names.ts';
import { costWidgets, lambdaWidgets } from './cost-widgets.ts';
import { failureWidgets } from './failure-widgets.ts';
import type { WidgetDeps } from './graph.ts';
import { healthWidgets, introduction, renewalWidgets } from './health-widgets.ts';
import { logWidgets } from './log-widgets.ts';
import { loginWidgets } from './login-widgets.ts';
import { backlogWidgets, passWidgets } from './pass-widgets.ts';
import { podWidgets } from './pod-widgets.ts';

interface ClusterDashboardProps extends WidgetDeps {
  readonly clusterName: string;
  readonly runbookUrl: string;
  readonly logGroups: readonly ILogGroup[];
}

/** The dashboard for the person on call. Read it from top to bottom: every row or two answer one question. */
export class ClusterDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: ClusterDashboardProps) {
    super(scope, id);
    const { clusterName, runbookUrl, logGroups, ...deps } = props;
    this.dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: dashboardNameOf(clusterName),
      defaultInterval: Duration.hours(3),
      // The threshold of an alarm is meaningful only for the alarm's own period.
      periodOverride: PeriodOverride.INHERIT,
    });
    const rows = [
      introduction(clusterName, runbookUrl),
      healthWidgets(deps),
      renewalWidgets(deps),
      passWidgets(deps),
      backlogWidgets(deps),
      podWidgets(deps),
      failureWidgets(deps),
      costWidgets(deps),
      loginWidgets(deps),
      lambdaWidgets(deps),
      ...logWidgets(logGroups).map((widget) => [widget]),
    ];
    for (const row of rows) this.dashboard.addWidgets(...row);
  }
}
