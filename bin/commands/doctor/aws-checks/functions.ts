import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { FUNCTION_NAMES, type FunctionName, functionNameOf } from '../../../../infra/names.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { reservedConcurrencyOf } from '../../../../infra/settings/schema/deployment.ts';
import { type Check, type Finding, failed, notChecked, ok, unreadable, warning } from '../check.ts';
import { commandFor, deployStack } from '../remedies.ts';
import { environmentDrift } from './environment-drift.ts';
import { expectedEnvironment } from './expected-deployment.ts';

/**
 * The checks of the functions, causes before effects. The functions are deployed and paused together, so a failure of
 * `refresh` is not repeated for the others.
 */
export const functionChecks: readonly Check[] = FUNCTION_NAMES.flatMap((name) =>
  name === 'refresh' ? checksOf(name) : checksOf(name).map((check) => afterRefresh(check, name)),
);

function afterRefresh(check: Check, name: FunctionName): Check {
  return { ...check, after: [...(check.after ?? []), check.id.replace(name, 'refresh')] };
}

function checksOf(name: FunctionName): readonly Check[] {
  return [functionCheck(name), concurrencyCheck(name), environmentCheck(name), scheduleCheck(name)];
}

function functionCheck(name: FunctionName): Check {
  return {
    id: `${name}-function`,
    title: `${name}: function`,
    requires: ['aws-identity'],
    after: ['eks-cluster'],
    async run({ aws, settings, region }) {
      const functionName = functionNameOf(settings.clusterName, name);
      const result = await aws.functionNamed(functionName);
      if (result.kind === 'found') return judgeFunction(result.value, settings);
      if (result.kind !== 'absent') return unreadable(result);
      return failed(
        `function ${functionName} does not exist in ${region} of your account`,
        deployStack(settings),
      );
    },
  };
}

/** Judges the state of a function. */
export function judgeFunction(found: FunctionConfiguration, settings: ClusterSettings): Finding {
  const { FunctionName: name = '', State: state = 'Active', StateReason } = found;
  const reason = StateReason === undefined ? '' : `: ${StateReason}`;
  switch (state) {
    case 'Active':
      break;
    case 'Inactive':
      return warning(
        `${name} is Inactive${reason}`,
        'the next invocation activates it, and may fail',
      );
    case 'Pending':
      return warning(`${name} is Pending${reason}`, 'wait until it is Active');
    default:
      return failed(`${name} is ${state}${reason}`, deployStack(settings));
  }
  if (found.LastUpdateStatus === 'Failed') {
    const cause = found.LastUpdateStatusReason ?? 'Lambda gives no reason';
    return failed(`the last update of ${name} failed: ${cause}`, deployStack(settings));
  }
  return ok(`${name}, ${found.Runtime ?? 'unknown runtime'}`);
}

function concurrencyCheck(name: FunctionName): Check {
  return {
    id: `${name}-running`,
    title: `${name}: concurrency`,
    requires: ['aws-identity'],
    after: ['eks-cluster', `${name}-function`],
    async run({ aws, settings }) {
      const result = await aws.concurrency(functionNameOf(settings.clusterName, name));
      if (result.kind === 'found') return judgeConcurrency(result.value, name, settings);
      return result.kind === 'absent'
        ? notChecked('the function does not exist')
        : unreadable(result);
    },
  };
}

/** Judges the reserved concurrency of a function; 0 stops it. */
export function judgeConcurrency(
  reserved: number | undefined,
  name: FunctionName,
  settings: ClusterSettings,
): Finding {
  if (reserved === 0) {
    return failed(
      `function ${name} is paused: its reserved concurrency is 0, so it cannot be invoked`,
      `run: ${commandFor(settings, 'resume')}`,
    );
  }
  const configured = reservedConcurrencyOf(settings.reservedConcurrency, name);
  if (reserved === configured) return ok(`reserved concurrency: ${reserved ?? 'none'}`);
  return warning(
    `its reserved concurrency is ${reserved ?? 'none'}, but cdk.json sets ${configured ?? 'none'}`,
    `deploy the stack, or run: ${commandFor(settings, 'resume')}`,
  );
}

function environmentCheck(name: FunctionName): Check {
  return {
    id: `${name}-environment`,
    title: `${name}: settings`,
    requires: ['aws-identity'],
    after: ['eks-cluster', `${name}-function`],
    async run(context) {
      const { aws, settings } = context;
      const result = await aws.functionNamed(functionNameOf(settings.clusterName, name));
      if (result.kind === 'absent') return notChecked('the function does not exist');
      if (result.kind !== 'found') return unreadable(result);
      const expected = await expectedEnvironment(context);
      return judgeEnvironment(expected, result.value.Environment?.Variables ?? {}, settings);
    },
  };
}

/** Judges the environment variables of a function by the settings. */
export function judgeEnvironment(
  expected: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
  settings: ClusterSettings,
): Finding {
  const drift = environmentDrift(expected, actual, settings);
  if (drift.length === 0) return ok(`${Object.keys(expected).length} variables`);
  const names = drift.map(({ name }) => name).join(', ');
  return failed(
    `it differs from cdk.json in ${names}`,
    `${deployStack(settings)}, or correct cdk.json; "npx cdk diff" shows the differences`,
    drift.map((one) => `${one.name}: ${one.actual ?? '(not set)'}; cdk.json: ${one.expected}`),
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
      const result = await aws.scheduleState(schedule);
      if (result.kind === 'found') return judgeSchedule(result.value, schedule, settings);
      if (result.kind !== 'absent') return unreadable(result);
      return failed(`schedule ${schedule} does not exist`, deployStack(settings));
    },
  };
}

/** Judges whether a schedule is enabled. */
export function judgeSchedule(
  state: string | undefined,
  schedule: string,
  settings: ClusterSettings,
): Finding {
  if (state !== 'DISABLED') return ok(schedule);
  return failed(
    `schedule ${schedule} is disabled, so nothing invokes the function`,
    `enable it in the EventBridge Scheduler console; or ${deployStack(settings)}, which enables it if the stack changes`,
  );
}
