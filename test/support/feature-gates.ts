import { installedMinorVersion } from '../../local/real-cluster/components.ts';

/**
 * Flags with which the API server serves no pages of lists from memory, so that a compacted page is an error at once, and not
 * after some minutes. Kubernetes does so since 1.33.
 */
export function flagsWithoutListSnapshots(): Readonly<Record<string, string>> {
  return (installedMinorVersion() ?? 0) >= 33
    ? { 'feature-gates': 'ListFromCacheSnapshot=false' }
    : {};
}
