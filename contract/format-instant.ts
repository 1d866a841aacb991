/** Formats an instant as RFC 3339 in UTC with whole seconds, as Go does; `toISOString` would add `.000`. */
export function formatInstant(instant: Date): string {
  return instant.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
