import * as z from 'zod';
import { PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import {
  EXPIRES_AT_ANNOTATION,
  SECRET_NAME_PREFIX,
} from '../../../../contract/kubernetes/secret.ts';
import { forwarderRoleName } from '../../../../infra/names.ts';
import { type Check, type Finding, failed, ok, unreadable } from '../check.ts';

const schema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
});

/** The checks whose failure prevents the creation of Secrets. */
export const SECRET_CREATION_CHECKS = [
  'eks-cluster',
  'right-cluster',
  'chart-cluster',
  'version',
  'chart',
  'rights',
  'access-entry',
  'authentication-mode',
  'login',
  'refresh-function',
  'refresh-running',
  'refresh-schedule',
  'refresh-run',
] as const;

/** The refresher has created the forwarder's Secret, unless the forwarder has other credentials. */
export const forwarderSecretCheck: Check = {
  id: 'forwarder-secret',
  title: 'forwarder: Secret',
  requires: ['cluster'],
  after: SECRET_CREATION_CHECKS,
  async run({ cluster, settings, region, now }) {
    const { forwarderCredentials, clusterName } = settings;
    if (forwarderCredentials !== undefined) {
      return ok(`not needed: ${forwarderCredentials.source}, ${forwarderCredentials.roleArn}`);
    }
    const name = SECRET_NAME_PREFIX + forwarderRoleName(region, clusterName);
    const result = await cluster.read({
      path: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets/${name}`,
      permission: `get secrets in namespace "${PRODUCT_NAMESPACE}"`,
      schema,
      asMetadata: true,
    });
    if (result.kind !== 'found' && result.kind !== 'absent') return unreadable(result);
    const annotations = result.kind === 'found' ? result.value.metadata.annotations : undefined;
    return judgeForwarderSecret(name, annotations, now());
  },
};

const REMEDY =
  'the next refresh creates it within a minute, once a pod of the forwarder waits for it; if not, check the log of the refresh function';

/** Judges the Secret by its annotations; undefined if it does not exist. */
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
    return failed(`Secret ${name} has no valid expiry`, REMEDY);
  }
  return expiresAt > now
    ? ok(`${name}, valid until ${text}`)
    : failed(`the credentials in Secret ${name} expired at ${text} and were not renewed`, REMEDY);
}
