import { clusterSlug } from '../names.ts';
import { isEntry, show } from './settings-entry.ts';

/** Says which clusters would have the same resources. An account or region that is left out may be any. */
export function clusterClashes(entries: readonly unknown[]): readonly string[] {
  return entries.flatMap((entry, index) => {
    const earlier = entries.slice(0, index).findIndex((other) => clash(entry, other));
    if (earlier < 0 || !isEntry(entry)) return [];
    return [
      `clusters[${index}].clusterName is ${show(entry['clusterName'])}; clusters[${earlier}] has the same name, case aside, ` +
        'and the two may be in the same account and region: remove one, or give both an account and a region',
    ];
  });
}

function clash(a: unknown, b: unknown): boolean {
  if (!isEntry(a) || !isEntry(b)) return false;
  const maySame = (key: string) =>
    a[key] === undefined || b[key] === undefined || a[key] === b[key];
  return sameName(a['clusterName'], b['clusterName']) && maySame('account') && maySame('region');
}

function sameName(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && clusterSlug(a) === clusterSlug(b);
}
