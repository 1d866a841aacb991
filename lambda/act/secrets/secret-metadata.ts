import { BUDGET } from '../../../contract/budgets.ts';
import { isRecord } from '../../../contract/is-record.ts';
import {
  isOwnAnnotation,
  isOwnLabel,
  isReservedLabel,
  type SecretMetadata,
  WRITTEN_METADATA_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import type { ManagedSecret } from '../../observe/managed-secrets.ts';

/** Keys of labels and annotations. */
interface MetadataKeys {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/**
 * Returns the labels and annotations of a Secret that are not the product's own: the configured ones, and the labels of
 * its AWSIAMRole in domains that are not reserved, over which the configured ones take precedence. An annotation lists their keys, so that a later write can
 * remove those that are no longer configured, and nothing that others have added.
 */
export function renderMetadata(
  configured: SecretMetadata,
  labelsOfResource: Readonly<Record<string, string>> = {},
): SecretMetadata {
  const copied = Object.entries(labelsOfResource).filter(([key]) => !isReservedLabel(key));
  const labels = { ...Object.fromEntries(copied), ...configured.labels };
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
  return text.length <= BUDGET.writtenMetadataLength
    ? text
    : listOf({ annotations, labels: labels.slice(0, labels.length / 2) });
}

/**
 * Returns the keys to remove from a Secret: those that the product wrote earlier and that `content` does not have. Anyone
 * who can edit the Secret may have changed the list, so it removes neither the product's labels nor its annotations, and
 * nothing that is not a key. The Secret need not have them: a merge patch that removes a missing key changes nothing.
 */
export function obsoleteKeys(secret: ManagedSecret, content: SecretMetadata): MetadataKeys {
  const list = secret.annotations[WRITTEN_METADATA_ANNOTATION];
  const written = parseList(list);
  const isListed = hasKey(content.annotations, WRITTEN_METADATA_ANNOTATION);
  return {
    labels: written.labels.filter((key) => !hasKey(content.labels, key) && !isOwnLabel(key)),
    annotations: [
      ...written.annotations.filter(
        (key) => !hasKey(content.annotations, key) && !isOwnAnnotation(key),
      ),
      ...(list === undefined || isListed ? [] : [WRITTEN_METADATA_ANNOTATION]),
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
  return { labels: keysIn(labels), annotations: keysIn(annotations) };
}

/** The key of a label or annotation: a name of at most 63 characters, and maybe a domain before it. */
const METADATA_KEY = /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

function keysIn(list: unknown): readonly string[] {
  return Array.isArray(list)
    ? list.filter((key) => typeof key === 'string' && METADATA_KEY.test(key))
    : [];
}
