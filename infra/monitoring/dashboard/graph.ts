import {
  GraphWidget,
  type GraphWidgetProps,
  type HorizontalAnnotation,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmId, Alarms } from '../alarms/cluster-alarms.ts';
import type { ClusterMetrics } from '../metrics.ts';

/** What the widgets of a dashboard are made of. */
export interface WidgetDeps {
  readonly metrics: ClusterMetrics;
  readonly alarms: Alarms;
}

/** Widths in CloudWatch's grid of 24 columns. */
export const WIDTH = { full: 24, half: 12, third: 8, quarter: 6 } as const;

/** One graph. */
export interface GraphProps {
  readonly title: string;
  /** The alarms of which what they look at, and where they begin, is shown. */
  readonly alarms?: readonly AlarmId[];
  /** What is shown beside that. */
  readonly metrics?: readonly IMetric[];
  /** Shown on a scale of their own. */
  readonly right?: readonly IMetric[];
  readonly annotations?: readonly HorizontalAnnotation[];
  readonly width?: number;
  readonly stacked?: boolean;
  /** What the numbers on the left are. */
  readonly unit?: string;
}

/** Makes a graph that begins at zero, with the thresholds of its alarms drawn in. */
export function graph(alarms: Alarms, props: GraphProps): GraphWidget {
  const graphed = (props.alarms ?? []).map((id) => alarms.graphed(id));
  const axes: Pick<GraphWidgetProps, 'leftYAxis' | 'rightYAxis'> = {
    leftYAxis: { min: 0, showUnits: false, ...(props.unit && { label: props.unit }) },
    rightYAxis: { min: 0, showUnits: false },
  };
  return new GraphWidget({
    title: props.title,
    left: [...graphed.map(({ metric }) => metric), ...(props.metrics ?? [])],
    right: [...(props.right ?? [])],
    leftAnnotations: [...graphed.map(({ annotation }) => annotation), ...(props.annotations ?? [])],
    width: props.width ?? WIDTH.third,
    height: 6,
    stacked: props.stacked ?? false,
    ...axes,
  });
}
