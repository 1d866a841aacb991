/** Characters that names and ARNs do not have, among them all that a shell or a terminal interprets. */
const UNSAFE_CHARACTERS = /[^A-Za-z0-9+=,.@_:/-]/g;

/** Truncates a name from an unvalidated field and replaces unsafe characters, so that it can be printed. */
export function sanitizeName(name: string, maxLength: number): string {
  return name.slice(0, maxLength).replace(UNSAFE_CHARACTERS, '?');
}
