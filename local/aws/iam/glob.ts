/** Whether the whole text matches a pattern in which `*` stands for any characters and `?` for one, as in IAM. */
export function matchesGlob(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/**
 * Whether an ARN matches a pattern as condition operators compare them: each of the six parts separately, so that a `*`
 * does not extend over a colon into the next part.
 */
export function matchesArnGlob(pattern: string, arn: string): boolean {
  const [patternParts, parts] = [splitArn(pattern), splitArn(arn)];
  return (
    patternParts.length === parts.length &&
    patternParts.every((part, index) => matchesGlob(part, parts[index] ?? ''))
  );
}

function splitArn(text: string): readonly string[] {
  const parts = text.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
