import { Annotations, type App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnLink, CfnSink } from 'aws-cdk-lib/aws-oam';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../../contract/metrics.ts';
import { EncryptedTopic } from '../monitoring/alarms/alarm-topic.ts';
import { FLEET_LINK_NAME, FLEET_NAME } from '../names.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { FleetSettings } from '../settings/schema/fleet.ts';
import { FleetAlarms, fleetAlarmName } from './fleet-alarms.ts';
import { FleetDashboard } from './fleet-dashboard.ts';
import { type FleetRegion, fleetRegions } from './fleet-regions.ts';
import { sinkPolicy } from './sink-policy.ts';

/** What accounts share with the monitoring account. */
const METRIC = 'AWS::CloudWatch::Metric';

/**
 * Creates the stacks that monitor all clusters from one account: there, one in each Region with a sink and alarms, and in every
 * other account one in each Region with a link to that sink.
 *
 * @throws {SettingsError} if the settings do not fit together
 */
export function createFleetStacks(
  app: App,
  fleet: FleetSettings,
  clusters: readonly ClusterSettings[],
): void {
  const regions = fleetRegions(fleet, clusters);
  const dashboardRegion = fleet.dashboardRegion ?? regions[0]?.region;
  for (const one of regions) {
    const { region, sourceAccounts, isLinked } = one;
    const stack = new FleetStack(app, `${FLEET_NAME}-${region}`, {
      fleet,
      fleetRegion: one,
      dashboardOf: region === dashboardRegion ? regions : undefined,
      env: { account: fleet.account, region },
    });
    if (!isLinked) warnAboutMissingLinks(stack, region);
    const sinkArn = fleet.sinkArns[region];
    if (!fleet.createLinks || sinkArn === undefined) continue;
    for (const account of sourceAccounts) {
      const env = { account, region };
      const link = new FleetLinkStack(app, `${FLEET_LINK_NAME}-${account}-${region}`, {
        sinkArn,
        env,
      });
      // Its sink must allow the account first, and is deleted last.
      link.addStackDependency(stack);
    }
  }
}

/** The ARN of a sink is generated, and a stack in another account cannot refer to it. */
function warnAboutMissingLinks(stack: Stack, region: string): void {
  Annotations.of(stack).addWarningV2(
    'kube-aws-iam:fleetNotLinked',
    `No account is linked to the sink in ${region} yet: deploy this stack, set its output SinkArn as fleet.sinkArns["${region}"], and deploy this stack and the stacks ${FLEET_LINK_NAME}-* of the accounts. Until then, it has no alarms.`,
  );
}

interface FleetStackProps extends StackProps {
  readonly fleet: FleetSettings;
  readonly fleetRegion: FleetRegion;
  /** The Regions that the dashboard shows; undefined if it is in another stack. */
  readonly dashboardOf: readonly FleetRegion[] | undefined;
}

/** The sink, the alarms and, in one Region, the dashboard. */
class FleetStack extends Stack {
  constructor(scope: Construct, id: string, props: FleetStackProps) {
    const { fleet, fleetRegion, dashboardOf, ...stackProps } = props;
    super(scope, id, {
      stackName: FLEET_NAME,
      description: `kube-aws-iam: monitors the clusters of all accounts in ${fleetRegion.region}`,
      ...stackProps,
    });
    const { topic } = new EncryptedTopic(this, 'AlarmTopic', {
      displayName: FLEET_NAME,
      owner: 'the fleet',
      alarmNames: [fleetAlarmName('page', '*')],
      email: fleet.alarmEmail,
    });
    if (fleetRegion.isLinked) {
      new FleetAlarms(this, 'Alarms', { clusters: fleetRegion.clusters, topic });
    }
    if (fleet.createSinks && fleetRegion.sourceAccounts.length > 0) {
      const sink = new CfnSink(this, 'Sink', {
        name: FLEET_NAME,
        policy: sinkPolicy(fleet.organizationId, fleetRegion.sourceAccounts, [METRIC]),
      });
      new CfnOutput(this, 'SinkArn', {
        value: sink.attrArn,
        description: `Set it as fleet.sinkArns["${fleetRegion.region}"]`,
      });
    }
    new CfnOutput(this, 'AlarmTopicArn', {
      value: topic.topicArn,
      description: 'SNS topic of the alarms',
    });
    if (dashboardOf !== undefined) new FleetDashboard(this, 'Dashboard', { regions: dashboardOf });
  }
}

interface FleetLinkStackProps extends StackProps {
  readonly sinkArn: string;
}

/** Shares the metrics of the product in one account and Region, and no others, with the monitoring account. */
class FleetLinkStack extends Stack {
  constructor(scope: Construct, id: string, { sinkArn, ...props }: FleetLinkStackProps) {
    super(scope, id, {
      stackName: FLEET_LINK_NAME,
      description: 'kube-aws-iam: shares its metrics with the monitoring account of the fleet',
      ...props,
    });
    new CfnLink(this, 'Link', {
      labelTemplate: '$AccountName',
      resourceTypes: [METRIC],
      sinkIdentifier: sinkArn,
      linkConfiguration: {
        metricConfiguration: { filter: `Namespace = '${METRICS_NAMESPACE}'` },
      },
    });
  }
}
