/** Parses a time as signatures contain it, e.g. `20261123T101500Z`; undefined when it is malformed. */
export function parseAmzDate(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // JavaScript accepts 30 February, and midnight as 24:00.
  return Number.isNaN(date.getTime()) || toAmzDate(date) !== text ? undefined : date;
}

/** Formats a time as signatures contain it. */
export function toAmzDate(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
