import { describe, expect, it } from 'vitest';
import { appOf, CLUSTER, ENVIRONMENT_OF_STACK } from '../../support/deployment/synthesize.ts';
import { earliestOrder } from './deployment-order.ts';
import type { Resources } from './resources.ts';

const ENTRY = 'AWS::EKS::AccessEntry';
const CHART = 'Custom::AWSCDK-EKS-HelmChart';
const SCHEDULE = 'AWS::Scheduler::Schedule';

/** Returns a new copy of the resources of a stack that installs the chart. */
function resourcesOfStack(): Resources {
  const app = appOf({ ...CLUSTER, ...ENVIRONMENT_OF_STACK, installChart: true });
  const [stack] = app.synth().stacks;
  return structuredClone(stack?.template.Resources);
}

/** Whether all resources of the first type are created before any of the second, in every order that CloudFormation may use. */
function comesFirst(resources: Resources, first: string, second: string): boolean {
  const typeOf = (id: string) => resources[id]?.Type;
  const order = earliestOrder(resources, (id) => typeOf(id) === second).map(typeOf);
  return order.lastIndexOf(first) < order.indexOf(second);
}

const withoutDependencies = (type: string) => (resources: Resources) => {
  for (const resource of Object.values(resources))
    if (resource.Type === type) delete resource.DependsOn;
};

describe('a deployment', () => {
  it('creates the access entries first, then installs the chart, then creates the schedules', () => {
    const resources = resourcesOfStack();
    expect(comesFirst(resources, ENTRY, CHART)).toBe(true);
    expect(comesFirst(resources, CHART, SCHEDULE)).toBe(true);
  });

  it.each([
    ['the chart does not depend on the access entries', ENTRY, CHART, withoutDependencies(CHART)],
    [
      'the schedules do not depend on the chart',
      CHART,
      SCHEDULE,
      (resources: Resources) => {
        withoutDependencies(SCHEDULE)(resources);
        withoutDependencies('AWS::IAM::Role')(resources);
      },
    ],
  ] as const)('would be out of order if %s', (_, first, second, forget) => {
    const resources = resourcesOfStack();
    forget(resources);
    expect(comesFirst(resources, first, second)).toBe(false);
  });
});
