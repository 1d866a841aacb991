import { ENVIRONMENT } from '../../../contract/environment.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';

/** A variable that is not what the settings would make it. None of them is secret. */
export interface Drift {
  readonly name: string;
  readonly wanted: string;
  /** Undefined when it is not set. */
  readonly found: string | undefined;
}

/** The variables that differ. Others than those of the settings are the runtime's. */
export function environmentDrift(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
  settings: Pick<ClusterSettings, 'installChart'>,
): readonly Drift[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const is = found[name];
    const isSame =
      name === ENVIRONMENT.deniedRoles && settings.installChart
        ? is !== undefined && deniesMore(value, is)
        : is === value;
    return isSame ? [] : [{ name, wanted: value, found: is }];
  });
}

/** The stack that installs the chart has a role for it, whose ARN nobody else knows, and denies that one too. */
function deniesMore(wanted: string, found: string): boolean {
  const [all, denied]: readonly (readonly unknown[])[] = [JSON.parse(wanted), parse(found)];
  return (
    (all ?? []).every((role) => denied?.includes(role)) &&
    (denied?.length ?? 0) <= (all?.length ?? 0) + 1
  );
}

function parse(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
