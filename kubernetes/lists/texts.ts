/**
 * The labels or annotations of an object; without any, an empty record. Every real API server sends texts only, and what is
 * decided by them is not decided on anything else: the page that holds such an object fails.
 *
 * @throws when it is no record of texts
 */
export function textsOf(texts: unknown): Readonly<Record<string, string>> {
  if (texts === undefined || texts === null) return {};
  if (!isRecordOfTexts(texts)) {
    throw new Error('an object in the list has labels or annotations that are no texts');
  }
  return texts;
}

function isRecordOfTexts(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}
