import * as z from 'zod';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { EXPIRES_AT_ANNOTATION, SECRET_NAME_PREFIX } from '../../../contract/secret.ts';
import { forwarderRoleName } from '../../../infra/names.ts';
import type { Check } from './check.ts';
import { type Finding, failed, ok } from './finding.ts';
import { unread } from './reading.ts';

const schema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
});

/** The checks without whose success no Secret is made. */
export const SECRETS_NEED = [
  'eks-cluster',
  'right-cluster',
  'version',
  'chart',
  'rights',
  'access-entry',
  'authentication-mode',
  'refresh-function',
  'refresh-running',
  'refresh-schedule',
  'refresh-run',
] as const;

/** The forwarder has credentials by a Secret of the refresher, unless it has them from elsewhere. */
export const forwarderSecretCheck: Check = {
  id: 'forwarder-secret',
  title: 'forwarder: Secret',
  requires: ['cluster'],
  after: SECRETS_NEED,
  async run({ cluster, settings, region, now }) {
    const { forwarderCredentials, clusterName } = settings;
    if (forwarderCredentials !== undefined) {
      return ok(`not needed: ${forwarderCredentials.source}, ${forwarderCredentials.roleArn}`);
    }
    const name = SECRET_NAME_PREFIX + forwarderRoleName(region, clusterName);
    const reading = await cluster.read({
      path: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets/${name}`,
      right: `get secrets in namespace "${PRODUCT_NAMESPACE}"`,
      schema,
      asMetadata: true,
    });
    if (reading.kind !== 'read' && reading.kind !== 'absent') return unread(reading);
    const annotations = reading.kind === 'read' ? reading.value.metadata.annotations : undefined;
    return judgeForwarderSecret(name, annotations, now());
  },
};

const REMEDY =
  'the next run of refresh, within a minute, makes it once a pod of the forwarder waits for it; if it lasts, the log of function refresh says why';

/** Judges the Secret by its annotations, which are undefined where there is none. */
export function judgeForwarderSecret(
  name: string,
  annotations: Readonly<Record<string, string>> | undefined,
  now: Date,
): Finding {
  if (annotations === undefined) {
    return failed(`Secret ${name} is missing, so the forwarder's pod cannot start`, REMEDY);
  }
  const text = annotations[EXPIRES_AT_ANNOTATION] ?? '';
  const expiresAt = new Date(text);
  if (Number.isNaN(expiresAt.getTime())) {
    return failed(`Secret ${name} does not say when its credentials end`, REMEDY);
  }
  return expiresAt > now
    ? ok(`${name}, until ${text}`)
    : failed(`the credentials in Secret ${name} ended at ${text}, and were not renewed`, REMEDY);
}
