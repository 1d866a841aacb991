import { z } from 'zod';
import {
  DEFAULT_SECRET_METADATA,
  isOwnAnnotation,
  isOwnLabel,
} from '../../../contract/kubernetes/secret.ts';
import { SETTING_DOCS } from '../setting-docs.ts';

/** The name in the key of a label or annotation, and the value of a label (Kubernetes, "Labels and Selectors"). */
const NAME = '(?=[^/]{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?';
const DNS_LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const KEY = new RegExp(`^(?:(?=[^/]{1,253}/)${DNS_LABEL}(?:\\.${DNS_LABEL})*/)?${NAME}$`);
const LABEL_VALUE = new RegExp(`^(?:${NAME})?$`);

/** Only the product decides about its own keys, whatever a pod's or a namespace's author writes. */
const isOwnKey = (key: string) => isOwnLabel(key) || isOwnAnnotation(key);

const metadataKey = z.stringFormat('metadata-key', (key) => KEY.test(key) && !isOwnKey(key));

/** Settings of the Secrets. */
export const secretShape = {
  secretMetadata: z
    .strictObject({
      labels: z
        .record(metadataKey, z.string().regex(LABEL_VALUE))
        .default(DEFAULT_SECRET_METADATA.labels),
      annotations: z.record(metadataKey, z.string()).default(DEFAULT_SECRET_METADATA.annotations),
    })
    .prefault({})
    .register(SETTING_DOCS, {
      expected:
        'an object with labels, annotations or both, each an object of strings with keys and values that Kubernetes accepts, and without the keys heritage, type and kube-aws-iam/*',
      description:
        'Labels and annotations of every Secret that the refresher writes, for other controllers in the cluster: `labels`, `annotations`. They take precedence over the labels of an AWSIAMRole, and each renewal restores them. What you remove from the setting disappears with the next renewal. `labels` and `annotations` each replace their default; `{}` means none. The admission policy of the chart allows these keys only: with `installChart: false`, apply the manifests before you deploy a change.',
      whenOmitted:
        '`velero.io/exclude-from-backup: "true"` (label) keeps credentials out of Velero backups; `reloader.stakater.com/ignore: "true"` (annotation) keeps Reloader from restarting pods at each renewal',
    }),
};
