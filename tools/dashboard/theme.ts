import type { AlarmState } from '../../local/aws/cloudwatch/evaluate-alarm.ts';

/** The light theme of the CloudWatch console, with text that is readable in a README. */
export const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
export const MONOSPACED =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace";

export const SIZE = { picture: 17, title: 13, text: 12, axis: 10.5 } as const;

export const COLOR = {
  page: '#f2f3f3',
  bar: '#ffffff',
  widget: '#ffffff',
  border: '#d5dbdb',
  title: '#16191f',
  text: '#3b4149',
  faint: '#5f6b7a',
  grid: '#eaeded',
  axis: '#aab7b8',
  link: '#0073bb',
  stripe: '#fafafa',
} as const;

/** Default colors of lines, in the order of the console. */
export const LINE_COLORS = [
  '#1f77b4',
  '#ff7f0e',
  '#2ca02c',
  '#d62728',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#7f7f7f',
  '#bcbd22',
  '#17becf',
] as const;

/** The look of an alarm state, with the label of the console. */
interface StateLook {
  readonly color: string;
  readonly background: string;
  readonly label: string;
}

export const STATE_LOOKS: Readonly<Record<AlarmState, StateLook>> = {
  OK: { color: '#1d8102', background: '#f2f8f0', label: 'OK' },
  ALARM: { color: '#d13212', background: '#fdf3f1', label: 'In alarm' },
  INSUFFICIENT_DATA: { color: '#687078', background: '#f2f3f3', label: 'Insufficient data' },
};
