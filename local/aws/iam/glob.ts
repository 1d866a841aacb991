/** Whether the whole text matches a pattern in which `*` stands for any characters and `?` for one, as in IAM. */
export function matchesGlob(pattern: string, text: string): boolean {
  const source = escaped(pattern).replace(/\*+/g, '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/**
 * Whether an ARN matches a pattern of a Resource element. A wildcard stays within its segment, between two colons, except for
 * a `*` at the end of a segment (IAM user guide, "IAM JSON policy elements: Resource").
 */
export function matchesResource(pattern: string, arn: string): boolean {
  const source = escaped(pattern).replace(/(\*+(?=:|$))|(\*+)|\?/g, (_, last, inside) => {
    if (last) return '.*';
    return inside ? '[^:]*' : '[^:]';
  });
  return new RegExp(`^${source}$`, 's').test(arn);
}

function escaped(pattern: string): string {
  return pattern.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
}

const ARN_PARTS = 6;

/** Whether a text has the six parts of an ARN or of a pattern for ARNs. */
export function isArnShaped(text: string): boolean {
  return splitArn(text).length === ARN_PARTS;
}

/**
 * Whether an ARN matches a pattern as condition operators compare them: each of the six parts separately, so that a `*`
 * does not extend over a colon into the next part. Texts that are no ARNs do not match.
 */
export function matchesArnGlob(pattern: string, arn: string): boolean {
  const parts = splitArn(arn);
  return (
    isArnShaped(pattern) &&
    isArnShaped(arn) &&
    splitArn(pattern).every((part, index) => matchesGlob(part, parts[index] ?? ''))
  );
}

function splitArn(text: string): readonly string[] {
  const parts = text.split(':');
  if (parts.length <= ARN_PARTS) return parts;
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}
