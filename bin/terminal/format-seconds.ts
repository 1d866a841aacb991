const MINUTE = 60;
const HOUR = 3_600;

/** A length of time as people say it, in its two largest units at most: `45 s`, `12 min`, `1 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < MINUTE) return `${whole} s`;
  const minutes = Math.floor((whole % HOUR) / MINUTE);
  if (whole < HOUR) return `${minutes} min`;
  return `${Math.floor(whole / HOUR)} h ${minutes} min`;
}

/** How long until an instant, or how long ago it was; `-` for none. */
export function formatUntil(instant: Date | undefined, now: Date): string {
  if (instant === undefined) return '-';
  const seconds = (instant.getTime() - now.getTime()) / 1_000;
  return seconds > 0 ? `in ${formatSeconds(seconds)}` : `${formatSeconds(-seconds)} ago`;
}
