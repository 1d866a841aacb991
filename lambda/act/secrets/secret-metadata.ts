import { isRecord } from '../../../contract/is-record.ts';
import {
  isOwnAnnotation,
  isOwnLabel,
  type SecretMetadata,
  WRITTEN_METADATA_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import type { ManagedSecret } from '../../observe/managed-secrets.ts';

/**
 * Maximum length of the list of written keys, in characters. An AWSIAMRole may have more labels than an annotation has
 * room for keys; those after the limit stay on the Secret when they are removed.
 */
const MAX_LIST_LENGTH = 32_768;

/** Keys of labels and annotations. */
interface MetadataKeys {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/**
 * Returns the labels and annotations of a Secret that are not the product's own: the configured ones, and the labels of
 * its AWSIAMRole, over which the configured ones take precedence. An annotation lists their keys, so that a later write can
 * remove those that are no longer configured, and nothing that others have added.
 */
export function renderMetadata(
  configured: SecretMetadata,
  labelsOfResource: Readonly<Record<string, string>> = {},
): SecretMetadata {
  const labels = { ...labelsOfResource, ...configured.labels };
  const keys = {
    labels: Object.keys(labels).filter((key) => !isOwnLabel(key)),
    annotations: Object.keys(configured.annotations),
  };
  const isEmpty = keys.labels.length + keys.annotations.length === 0;
  const list = isEmpty ? {} : { [WRITTEN_METADATA_ANNOTATION]: listOf(keys) };
  return { labels, annotations: { ...configured.annotations, ...list } };
}

function listOf({ labels, annotations }: MetadataKeys): string {
  const text = JSON.stringify({ annotations, labels });
  return text.length <= MAX_LIST_LENGTH
    ? text
    : listOf({ annotations, labels: labels.slice(0, labels.length / 2) });
}

/**
 * Returns the keys to remove from a Secret: those that the product wrote earlier and that `content` does not have. Anyone
 * who can edit the Secret may have changed the list, so it removes neither the product's labels nor its annotations.
 */
export function obsoleteKeys(secret: ManagedSecret, content: SecretMetadata): MetadataKeys {
  const written = parseList(secret.annotations[WRITTEN_METADATA_ANNOTATION]);
  const isObsolete = (key: string) =>
    hasKey(secret.annotations, key) && !hasKey(content.annotations, key);
  return {
    labels: written.labels.filter(
      (key) => hasKey(secret.labels, key) && !hasKey(content.labels, key) && !isOwnLabel(key),
    ),
    annotations: [
      ...written.annotations.filter((key) => isObsolete(key) && !isOwnAnnotation(key)),
      ...[WRITTEN_METADATA_ANNOTATION].filter(isObsolete),
    ],
  };
}

function hasKey(record: Readonly<Record<string, string>>, key: string): boolean {
  return Object.hasOwn(record, key);
}

function parseList(text = ''): MetadataKeys {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  const { labels, annotations } = isRecord(list) ? list : {};
  return { labels: stringsIn(labels), annotations: stringsIn(annotations) };
}

function stringsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((key) => typeof key === 'string') : [];
}
