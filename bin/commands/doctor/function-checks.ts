import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { FunctionName } from '../../../infra/functions/bundle.ts';
import { functionNameOf } from '../../../infra/names.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { Check } from './check.ts';
import { environmentDrift } from './environment-drift.ts';
import { expectedEnvironment } from './expected.ts';
import { type Finding, failed, notChecked, ok, warning } from './finding.ts';
import { unread } from './reading.ts';
import { commandFor, deployStack } from './remedies.ts';

/**
 * The checks of the functions, in the order in which a cause comes before what follows from it. Both are deployed, paused
 * and set up together: what is wrong with `refresh` is not said again of `sweep`.
 */
export const functionChecks: readonly Check[] = [
  ...checksOf('refresh'),
  ...checksOf('sweep').map((check) => ({
    ...check,
    after: [...(check.after ?? []), check.id.replace('sweep', 'refresh')],
  })),
];

function checksOf(name: FunctionName): readonly Check[] {
  return [functionCheck(name), pausedCheck(name), environmentCheck(name), scheduleCheck(name)];
}

function functionCheck(name: FunctionName): Check {
  return {
    id: `${name}-function`,
    title: `${name}: function`,
    requires: ['aws-identity'],
    after: ['eks-cluster'],
    async run({ aws, settings, region }) {
      const functionName = functionNameOf(settings.clusterName, name);
      const reading = await aws.functionNamed(functionName);
      if (reading.kind === 'read') return judgeFunction(reading.value, settings);
      if (reading.kind !== 'absent') return unread(reading);
      return failed(
        `there is no function ${functionName} in ${region} of your account`,
        deployStack(settings),
      );
    },
  };
}

/** Judges whether a function can run. */
export function judgeFunction(found: FunctionConfiguration, settings: ClusterSettings): Finding {
  const { FunctionName: name = '', State: state = 'Active', StateReason: reason } = found;
  const why = reason === undefined ? '' : `: ${reason}`;
  switch (state) {
    case 'Active':
      break;
    case 'Inactive':
      return warning(`${name} is Inactive${why}`, 'its next invocation wakes it, and may fail');
    case 'Pending':
      return warning(`${name} is Pending${why}`, 'wait until it is Active');
    default:
      return failed(`${name} is ${state}${why}`, deployStack(settings));
  }
  if (found.LastUpdateStatus === 'Failed') {
    const said = found.LastUpdateStatusReason ?? 'Lambda does not say why';
    return failed(`the last update of ${name} failed: ${said}`, deployStack(settings));
  }
  return ok(`${name}, ${found.Runtime ?? 'of an unknown runtime'}`);
}

function pausedCheck(name: FunctionName): Check {
  return {
    id: `${name}-running`,
    title: `${name}: concurrency`,
    requires: ['aws-identity'],
    after: ['eks-cluster', `${name}-function`],
    async run({ aws, settings }) {
      const reading = await aws.concurrency(functionNameOf(settings.clusterName, name));
      if (reading.kind === 'read') return judgeConcurrency(reading.value, name, settings);
      return reading.kind === 'absent' ? notChecked('there is no function') : unread(reading);
    },
  };
}

/** Judges a function's reserved concurrency; 0 keeps it from running at all. */
export function judgeConcurrency(
  reserved: number | undefined,
  name: FunctionName,
  settings: ClusterSettings,
): Finding {
  if (reserved === 0) {
    return failed(
      `function ${name} is paused: its reserved concurrency is 0, so no invocation of it starts`,
      `run: ${commandFor(settings, 'resume')}`,
    );
  }
  const wanted = settings.reservedConcurrency?.[name];
  if (reserved === wanted) return ok(`reserved concurrency: ${reserved ?? 'none'}`);
  return warning(
    `its reserved concurrency is ${reserved ?? 'none'}, and cdk.json says ${wanted ?? 'none'}`,
    `deploy the stack, or run: ${commandFor(settings, 'resume')}`,
  );
}

function environmentCheck(name: FunctionName): Check {
  return {
    id: `${name}-environment`,
    title: `${name}: settings`,
    requires: ['aws-identity'],
    after: ['eks-cluster', `${name}-function`],
    async run(subject) {
      const { aws, settings } = subject;
      const reading = await aws.functionNamed(functionNameOf(settings.clusterName, name));
      if (reading.kind === 'absent') return notChecked('there is no function');
      if (reading.kind !== 'read') return unread(reading);
      const expected = await expectedEnvironment(subject);
      return judgeEnvironment(expected, reading.value.Environment?.Variables ?? {}, settings);
    },
  };
}

/** Judges the environment of a function by what the settings would make it. */
export function judgeEnvironment(
  expected: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
  settings: ClusterSettings,
): Finding {
  const drift = environmentDrift(expected, found, settings);
  if (drift.length === 0) return ok(`${Object.keys(expected).length} variables`);
  const names = drift.map(({ name }) => name).join(', ');
  return failed(
    `it differs from cdk.json in ${names}`,
    `${deployStack(settings)}, or correct cdk.json; "npx cdk diff" shows what would change`,
    drift.map(
      ({ name, wanted, found: is }) => `${name}: ${is ?? '(not set)'}, and cdk.json says ${wanted}`,
    ),
  );
}

function scheduleCheck(name: FunctionName): Check {
  return {
    id: `${name}-schedule`,
    title: `${name}: schedule`,
    requires: ['aws-identity'],
    after: ['eks-cluster', `${name}-function`],
    async run({ aws, settings }) {
      const schedule = functionNameOf(settings.clusterName, name);
      const reading = await aws.scheduleState(schedule);
      if (reading.kind === 'read') return judgeSchedule(reading.value, schedule, settings);
      if (reading.kind !== 'absent') return unread(reading);
      return failed(`there is no schedule ${schedule}`, deployStack(settings));
    },
  };
}

/** Judges whether a schedule fires. */
export function judgeSchedule(
  state: string | undefined,
  schedule: string,
  settings: ClusterSettings,
): Finding {
  if (state !== 'DISABLED') return ok(schedule);
  return failed(
    `schedule ${schedule} is disabled, so nothing invokes the function`,
    `enable it in the console of EventBridge Scheduler; ${deployStack(settings)} does it too where the stack changes`,
  );
}
