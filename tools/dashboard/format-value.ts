const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });
const LEGIBLE = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
/** From here on an axis has no room for all digits. */
const LONG = 10_000;

/** A number on an axis: short. */
export function formatTick(value: number): string {
  return Math.abs(value) >= LONG ? SHORT.format(value) : WHOLE.format(value);
}

/** A number that is the whole message: all digits of one that counts things, three of one that measures. */
export function formatValue(value: number): string {
  return Number.isInteger(value) ? WHOLE.format(value) : LEGIBLE.format(value);
}
