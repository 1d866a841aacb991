const MINUTE = 60;
const HOUR = 3_600;

/** Formats a duration in at most two units: `45 s`, `12 min`, `1 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < MINUTE) return `${whole} s`;
  const minutes = Math.floor((whole % HOUR) / MINUTE);
  if (whole < HOUR) return `${minutes} min`;
  return `${Math.floor(whole / HOUR)} h ${minutes} min`;
}

/** Formats the time until an instant, or since it: `in 29 min`, `5 min ago`; `-` for undefined. */
export function formatUntil(instant: Date | undefined, now: Date): string {
  if (instant === undefined) return '-';
  const seconds = (instant.getTime() - now.getTime()) / 1_000;
  return seconds > 0 ? `in ${formatSeconds(seconds)}` : `${formatSeconds(-seconds)} ago`;
}
