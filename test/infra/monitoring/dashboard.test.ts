import { describe, expect, it } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '../../../contract/metrics.ts';
import { SERVICE_OF_REASON } from '../../../infra/monitoring/reasons.ts';
import { FUNCTION_NAMES } from '../../../infra/names.ts';
import {
  alarmsOf,
  dashboardOf,
  graphedMetrics,
  metricsOfAlarm,
  metricsOfWidget,
  type ReadMetric,
} from '../../support/deployment/graphed-metrics.ts';
import { KUBERNETES } from '../../support/deployment/kubernetes-settings.ts';
import { ENVIRONMENT_OF_STACK, templateOf } from '../../support/deployment/synthesize.ts';

/** The metrics of AWS services that are used, with their dimensions (user guides, "metrics"). */
const METRICS_OF_AWS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'AWS/Lambda': {
    AsyncEventsDropped: ['FunctionName'],
    ConcurrentExecutions: ['FunctionName'],
    Duration: ['FunctionName'],
    Errors: ['FunctionName'],
    Invocations: ['FunctionName'],
    Throttles: ['FunctionName'],
  },
  'AWS/Events': { FailedInvocations: ['EventBusName', 'RuleName'] },
};
/** Limits of CloudWatch. */
const MAX = { metricsOfWidget: 500, columns: 24 };

/** Metrics of logins to clusters outside EKS. */
const OF_LOGINS: readonly string[] = [
  METRICS.loginExpiresSoon,
  METRICS.loginExpirySeconds,
  METRICS.loginRotationFailed,
];
/** Metrics that only the dashboards of other stacks show. */
const ELSEWHERE: readonly string[] = [...OF_LOGINS, METRICS.invocationsFailed];

const keyOf = ({ namespace, name, dimensions }: ReadMetric) =>
  JSON.stringify([namespace, name, Object.entries(dimensions).toSorted()]);

describe('the dashboard', () => {
  const template = templateOf(ENVIRONMENT_OF_STACK);
  const { widgets, periodOverride } = dashboardOf(template);
  const graphed = new Set(widgets.flatMap(metricsOfWidget).map(keyOf));

  it('is named after the cluster', () => {
    template.hasResourceProperties('AWS::CloudWatch::Dashboard', {
      DashboardName: 'kube-aws-iam-production',
    });
  });

  it('uses only metrics that exist, with their dimensions', () => {
    for (const { namespace, name, dimensions } of graphedMetrics(template)) {
      const names = Object.keys(dimensions).toSorted();
      if (namespace === METRICS_NAMESPACE) {
        expect(Object.values(METRICS)).toContain(name);
        const reason = name === METRICS.notGiven ? ['reason'] : [];
        expect([name, names]).toEqual([name, ['Cluster', ...reason, 'service']]);
        expect(dimensions).toMatchObject({ Cluster: 'production' });
        expect(FUNCTION_NAMES).toContain(dimensions['service']);
      } else {
        expect([name, names]).toEqual([name, METRICS_OF_AWS[namespace]?.[name]]);
      }
    }
  });

  it.each(Object.values(METRICS).filter((name) => !ELSEWHERE.includes(name)))(
    'shows %s',
    (name) => {
      expect(widgets.flatMap(metricsOfWidget).map((metric) => metric.name)).toContain(name);
    },
  );

  it('shows every reason for which a Secret is not issued', () => {
    const reasons = widgets
      .flatMap(metricsOfWidget)
      .filter(({ name }) => name === METRICS.notGiven)
      .map(({ dimensions }) => [dimensions['reason'], dimensions['service']]);
    expect(reasons).toEqual(Object.entries(SERVICE_OF_REASON));
    const [widget] = widgets.filter(
      ({ properties }) => properties.title === 'Not issued, by reason',
    );
    expect(widget?.properties.stacked).toBe(true);
  });

  it.each(alarmsOf(template).map((alarm) => [alarm.AlarmName, alarm] as const))(
    'shows metric, threshold and expression of %s',
    (alarmName, alarm) => {
      const [, severity, id] = /-(page|ticket)-(.*)$/.exec(alarmName) ?? [];
      const label = `${severity}: ${id}`;
      const [widget, ...more] = widgets.filter(({ properties }) =>
        properties.annotations?.horizontal.some((annotation) => annotation.label === label),
      );
      expect(more).toEqual([]);
      expect(widget?.properties.annotations?.horizontal).toContainEqual(
        expect.objectContaining({ label, value: alarm.Threshold }),
      );
      const shown = (widget === undefined ? [] : metricsOfWidget(widget)).map(keyOf);
      for (const metric of metricsOfAlarm(alarm)) expect(shown).toContain(keyOf(metric));
      const expression = alarm.Metrics.find(({ Expression }) => Expression)?.Expression;
      if (expression !== undefined) {
        expect(JSON.stringify(widget?.properties.metrics)).toContain(JSON.stringify(expression));
      }
      expect(periodOverride).toBe('inherit');
    },
  );

  it('shows the metrics of all alarms', () => {
    for (const metric of alarmsOf(template).flatMap(metricsOfAlarm)) {
      expect(graphed).toContain(keyOf(metric));
    }
  });

  it('starts with a link to the runbook and the state of every alarm', () => {
    const [text, states] = widgets;
    expect(text?.properties.markdown).toContain('`docs/runbook.md`');
    const alarms = alarmsOf(template).length;
    expect(states?.properties.alarms).toHaveLength(alarms + 1);
  });

  it('links to the runbook if it has a URL', () => {
    const runbookUrl = 'https://wiki.example.com/runbook?a=b';
    const [text] = dashboardOf(templateOf({ runbookUrl })).widgets;
    expect(text?.properties.markdown).toContain(`[runbook](${runbookUrl})`);
  });

  it('ends with the latest failures of all functions', () => {
    const queries = widgets.flatMap(({ properties }) => properties.query ?? []);
    expect(queries).toHaveLength(2);
    const logGroups = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    for (const query of queries) {
      for (const logGroup of logGroups) expect(query).toContain(`SOURCE '\${Ref ${logGroup}}'`);
    }
    for (const field of ['namespace', 'secret', 'role', 'reason', 'explanation']) {
      expect(queries[0]).toMatch(new RegExp(`fields [^|]*\\b${field}\\b`));
    }
  });

  it('fits the grid and the limits of CloudWatch', () => {
    for (const { x, width, properties } of widgets) {
      expect(x + width).toBeLessThanOrEqual(MAX.columns);
      expect(properties.metrics.length).toBeLessThanOrEqual(MAX.metricsOfWidget);
    }
  });
});

describe('the dashboard of a cluster outside EKS', () => {
  const namesOn = (login: string) => {
    const kubernetes = { ...KUBERNETES.kubernetes, login };
    const settings = { ...KUBERNETES, kubernetes, installChart: undefined };
    return dashboardOf(templateOf({ ...settings, ...ENVIRONMENT_OF_STACK })).widgets.flatMap(
      metricsOfWidget,
    );
  };

  it.each(['serviceAccount', 'clientCertificate'])('shows the login, for login %s', (login) => {
    const names = namesOn(login).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...OF_LOGINS]));
  });

  it('shows none for aws-iam-authenticator', () => {
    const names = namesOn('awsIamAuthenticator').map(({ name }) => name);
    expect(names.filter((name) => OF_LOGINS.includes(name))).toEqual([]);
  });
});
