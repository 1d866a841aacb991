import type { EntryFailure } from './put-events-entry.ts';
import type { PutEventsEntry } from './put-events-request.ts';

/** What goes wrong inside EventBridge with one entry of a request that is answered all the same. Worth another try. */
export interface EntryFault {
  readonly code: 'ThrottlingException' | 'InternalFailure';
  /** Without it, every entry. */
  readonly when?: (entry: PutEventsEntry) => boolean;
  /** How many entries it meets; without it, until it is taken away. */
  readonly times?: number;
}

/** The faults that meet entries. */
export interface EntryFaults {
  /** Injects a fault; the result takes it away. Of several that fit an entry, the first meets it. */
  inject(fault: EntryFault): () => void;
  clear(): void;
  /** The failure for this entry, counted as used; nothing when it is spared. */
  take(entry: PutEventsEntry): EntryFailure | undefined;
}

const MESSAGES: Readonly<Record<EntryFault['code'], string>> = {
  ThrottlingException: 'Rate exceeded',
  InternalFailure: 'Internal Service Failure',
};

/** No faults yet. */
export function createEntryFaults(): EntryFaults {
  const injected = new Set<{ readonly fault: EntryFault; left: number }>();
  return {
    inject(fault) {
      const item = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      injected.add(item);
      return () => injected.delete(item);
    },
    clear: () => injected.clear(),
    take(entry) {
      const met = [...injected].find(({ fault }) => fault.when?.(entry) ?? true);
      if (!met) return undefined;
      met.left -= 1;
      if (met.left <= 0) injected.delete(met);
      const { code } = met.fault;
      return { ErrorCode: code, ErrorMessage: MESSAGES[code] };
    },
  };
}
