import { z } from 'zod';
import { isRecord } from '../../contract/is-record.ts';
import {
  ENVIRONMENT_LIMITS,
  rolesFitEnvironment,
  validateClusterApiLength,
} from './environment-limit.ts';
import { clusterShape } from './schema/cluster.ts';
import { deploymentShape, validateInjection, validateRunsIn } from './schema/deployment.ts';
import { kubernetesShape, validateKind } from './schema/kubernetes.ts';
import { monitoringShape, validateAlarmRecipients, validateLogKey } from './schema/monitoring.ts';
import { namespaceShape, validateNamespaces } from './schema/namespaces.ts';
import { roleShape } from './schema/roles.ts';
import { secretShape } from './schema/secrets.ts';
import { sessionShape, validateSessions } from './schema/sessions.ts';
import { addIssues } from './setting-docs.ts';

const shape = {
  ...clusterShape,
  ...kubernetesShape,
  ...roleShape,
  ...namespaceShape,
  ...sessionShape,
  ...secretShape,
  ...deploymentShape,
  ...monitoringShape,
};

/** The settings of one cluster, in the order of the table in the README. Unknown settings are rejected. */
export const clusterSettings = z
  .strictObject(shape)
  .refine((settings) => rolesFitEnvironment(settings), {
    path: ['assumableRoles'],
    error: `it is too long: baseRoleArn, externalId, assumeRole (twice), sessions.issuer, forwarderCredentials.roleArn, secretMetadata and the patterns as ARNs can have ${ENVIRONMENT_LIMITS.roles} characters together, because they are stored in the 4 KB environment of a Lambda function; combine patterns with wildcards, or use a shorter path in baseRoleArn`,
    ...whenValid({
      assumableRoles: true,
      baseRoleArn: true,
      externalId: true,
      sessions: true,
      assumeRole: true,
      forwarderCredentials: true,
      secretMetadata: true,
    }),
  })
  .superRefine((settings, context) => addIssues(context, validateKind(settings)), {
    // It expects invalid settings.
    when: ({ value }) => isRecord(value),
  })
  .superRefine(
    (settings, context) => addIssues(context, validateClusterApiLength(settings)),
    whenValid({
      clusterName: true,
      kubernetes: true,
      assumableRoles: true,
      baseRoleArn: true,
      externalId: true,
      assumeRole: true,
      forwarderCredentials: true,
      secretMetadata: true,
      namespaces: true,
      excludedNamespaces: true,
    }),
  )
  .superRefine(
    (settings, context) => addIssues(context, validateNamespaces(settings)),
    whenValid({ namespaces: true, excludedNamespaces: true }),
  )
  .superRefine(
    (settings, context) => addIssues(context, validateInjection(settings)),
    whenValid({ podInjection: true, podInjectionRegion: true }),
  )
  .superRefine(
    (settings, context) => addIssues(context, validateRunsIn(settings)),
    whenValid({
      runsIn: true,
      vpc: true,
      forwarderCredentials: true,
      reservedConcurrency: true,
      tracing: true,
    }),
  )
  .superRefine(
    (settings, context) => addIssues(context, validateSessions(settings)),
    whenValid({
      sessions: true,
      refreshBeforeMinutes: true,
      sessionTags: true,
      externalId: true,
      assumeRole: true,
    }),
  )
  .superRefine(
    (settings, context) => addIssues(context, validateAlarmRecipients(settings)),
    whenValid({ region: true, alarmTopicArn: true, alarmEmail: true }),
  )
  .superRefine(
    (settings, context) => addIssues(context, validateLogKey(settings)),
    whenValid({ region: true, logKmsKeyArn: true }),
  );

/** The validated settings of one cluster, with defaults applied. */
export type ClusterSettings = z.output<typeof clusterSettings>;

/**
 * Runs a check when the settings that it reads are valid on their own. By default, zod skips it when any other setting is
 * invalid, and users would find their mistakes one after the other.
 */
function whenValid(settings: { readonly [K in keyof typeof shape]?: true }) {
  const schema = z.object(shape).pick(settings);
  return { when: ({ value }: { value: unknown }) => schema.safeParse(value).success };
}
