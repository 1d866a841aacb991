import type { Log } from '../log.ts';

/** Remembers that the cluster is without what shall be watched, so that the log has one line of it. */
export interface Absence {
  begin(): void;
  end(): void;
}

/**
 * How long it takes until the cluster is asked again, in milliseconds. Until then the tick of every minute sees what there
 * is by then.
 */
export const ABSENT_MILLISECONDS = 300_000;

/** @param what - what is not there, as the subject of a sentence: `AWSIAMRoles` */
export function createAbsence({ log }: { readonly log: Log }, what: string): Absence {
  let isAbsent = false;
  return {
    begin() {
      if (isAbsent) return;
      isAbsent = true;
      const minutes = ABSENT_MILLISECONDS / 60_000;
      log.info(
        `${what} are not watched: this cluster has none; asks again every ${minutes} minutes`,
      );
    },
    end() {
      if (!isAbsent) return;
      isAbsent = false;
      log.info(`${what} are watched: this cluster has them now`);
    },
  };
}
