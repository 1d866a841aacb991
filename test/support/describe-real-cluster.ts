import { describe } from 'vitest';
import { CONTROL_PLANE, CONTROL_PLANE_WITH_INJECTION, HELM, requires } from './requirements.ts';

/** `describe` for a suite that starts a real control plane. */
export function describeRealCluster(title: string, suite: () => void): void {
  describe(title, requires(CONTROL_PLANE), suite);
}

/** `describe` for a suite that renders the chart and installs it on a real control plane. */
export function describeChartOnRealCluster(title: string, suite: () => void): void {
  describe(title, requires(CONTROL_PLANE, HELM), suite);
}

/** `describe` for a suite that installs the chart with injection on a real control plane. */
export function describeInjectionOnRealCluster(title: string, suite: () => void): void {
  describe(title, requires(CONTROL_PLANE, CONTROL_PLANE_WITH_INJECTION, HELM), suite);
}
