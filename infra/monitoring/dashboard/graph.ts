import {
  GraphWidget,
  type GraphWidgetProps,
  type HorizontalAnnotation,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmId, ClusterAlarms } from '../alarms/cluster-alarms.ts';
import type { ClusterMetrics } from '../metrics.ts';

export interface WidgetDeps {
  readonly metrics: ClusterMetrics;
  readonly alarms: ClusterAlarms;
}

/** Widget widths in CloudWatch's grid of 24 columns. */
export const WIDTH = { full: 24, half: 12, third: 8, quarter: 6 } as const;

interface GraphProps {
  readonly title: string;
  /** Alarms whose metric and threshold are shown. */
  readonly alarms?: readonly AlarmId[];
  /** Other metrics on the left axis. */
  readonly metrics?: readonly IMetric[];
  /** Metrics on the right axis. */
  readonly right?: readonly IMetric[];
  readonly annotations?: readonly HorizontalAnnotation[];
  readonly width?: number;
  readonly stacked?: boolean;
  /** Unit of the left axis. */
  readonly unit?: string;
}

/** Creates a graph with axes from zero that shows the thresholds of its alarms. */
export function graph(alarms: ClusterAlarms, props: GraphProps): GraphWidget {
  const lines = (props.alarms ?? []).flatMap((id) => alarms.lineOf(id) ?? []);
  const axes: Pick<GraphWidgetProps, 'leftYAxis' | 'rightYAxis'> = {
    leftYAxis: { min: 0, showUnits: false, ...(props.unit && { label: props.unit }) },
    rightYAxis: { min: 0, showUnits: false },
  };
  return new GraphWidget({
    title: props.title,
    left: [...lines.map(({ metric }) => metric), ...(props.metrics ?? [])],
    right: [...(props.right ?? [])],
    leftAnnotations: [...lines.map(({ annotation }) => annotation), ...(props.annotations ?? [])],
    width: props.width ?? WIDTH.third,
    height: 6,
    stacked: props.stacked ?? false,
    ...axes,
  });
}
