import { ENVIRONMENT } from '../../../../contract/environment.ts';
import { installsChart } from '../../../../infra/settings/cluster-login.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';

/** An environment variable that differs from the settings. None is secret. */
interface DriftedVariable {
  readonly name: string;
  readonly expected: string;
  /** Undefined if the variable is not set. */
  readonly actual: string | undefined;
}

/** Returns the variables that differ from the settings. Other variables belong to the runtime. */
export function environmentDrift(
  expected: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
  settings: Pick<ClusterSettings, 'kind' | 'installChart'>,
): readonly DriftedVariable[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const actualValue = actual[name];
    const isSame =
      actualValue === value ||
      (actualValue !== undefined && isSameAsDeployed(name, value, actualValue, settings));
    return isSame ? [] : [{ name, expected: value, actual: actualValue }];
  });
}

/** Whether a value differs only in what the stack alone knows. */
function isSameAsDeployed(
  name: string,
  expected: string,
  actual: string,
  settings: Pick<ClusterSettings, 'kind' | 'installChart'>,
): boolean {
  if (name === ENVIRONMENT.deniedRoles) {
    return installsChart(settings) && deniesAll(expected, actual);
  }
  return name === ENVIRONMENT.clusterApi && actual.replace(SECRET_SUFFIX, '') === expected;
}

/** What Secrets Manager adds to the ARN of a secret, in JSON. */
const SECRET_SUFFIX = /(?<="secretArn":"[^"]+)-\w{6}(?=")/;

/** A stack that installs the chart also denies the role of CDK's kubectl, whose ARN only the stack knows. */
function deniesAll(expected: string, actual: string): boolean {
  const [roles, denied] = [parseList(expected), parseList(actual)];
  return roles.every((role) => denied.includes(role)) && denied.length <= roles.length + 1;
}

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
