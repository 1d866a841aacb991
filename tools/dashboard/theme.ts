import type { AlarmState } from '../../local/aws/cloudwatch/evaluate-alarm.ts';

/** What the dashboard is drawn with: the light theme of the CloudWatch console, with the text as large as a README needs. */
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

/** The colours of lines that have none of their own, in the console's order. */
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

/** How a state of an alarm looks, with the words of the console. */
interface StateLook {
  readonly color: string;
  readonly background: string;
  readonly label: string;
}

/** How the states of an alarm look. */
export const STATE_LOOKS: Readonly<Record<AlarmState, StateLook>> = {
  OK: { color: '#1d8102', background: '#f2f8f0', label: 'OK' },
  ALARM: { color: '#d13212', background: '#fdf3f1', label: 'In alarm' },
  INSUFFICIENT_DATA: { color: '#687078', background: '#f2f3f3', label: 'Insufficient data' },
};
