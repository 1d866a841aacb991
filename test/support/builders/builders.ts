import type { NamespaceScope } from '../../../contract/kubernetes/namespace.ts';
import {
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
  type PodCredentialRequest,
} from '../../../contract/pod-event.ts';
import type { Listing, OwnerReference } from '../../../kubernetes/lists/api-object.ts';
import {
  createFingerprint,
  type SessionConfig,
} from '../../../lambda/decide/configured-session.ts';
import type { RolePolicy } from '../../../lambda/decide/guard.ts';
import { createPlanContext, type PlanContext } from '../../../lambda/decide/plan.ts';
import type { ObservedAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import type { ObservedNamespace } from '../../../lambda/observe/namespaces.ts';
import type { ClusterView } from '../../../lambda/observe/observe-cluster.ts';
import type { ObservedPod } from '../../../lambda/observe/pods.ts';

/** All namespaces. */
export const EVERYWHERE: NamespaceScope = { only: [], except: [] };

/** The current time of tests. */
export const NOW = new Date('2026-11-23T12:00:00Z');

export const BASE_ROLE_ARN = 'arn:aws:iam::123456789012:role/';

/** NOW plus a number of minutes. */
export function minutes(count: number, from: Date = NOW): Date {
  return new Date(from.getTime() + count * 60_000);
}

export function iso(instant: Date): string {
  return instant.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function aPolicy(overrides: Partial<RolePolicy> = {}): RolePolicy {
  return {
    baseRoleArn: BASE_ROLE_ARN,
    assumableRoles: [`${BASE_ROLE_ARN}*`],
    deniedRoles: [],
    namespaceRestrictions: 'required',
    allowedRolesFormat: 'glob',
    ...overrides,
  };
}

/** A pod of namespace `shop` that mounts the named Secrets. */
export function aPod(
  name: string,
  secretNames: readonly string[],
  namespace = 'shop',
): ObservedPod {
  return { namespace, name, uid: `uid-of-${name}`, secretNames };
}

/** A namespace that allows every role. */
export function aNamespace(
  name = 'shop',
  annotations: Record<string, string> = { 'iam.amazonaws.com/allowed-roles': '["*"]' },
): ObservedNamespace {
  return { name, uid: `uid-of-${name}`, terminating: false, annotations };
}

/** The annotation of credentials of the role that a Secret of namespace `shop` is named after. */
export function ofConfiguredSession(
  secretName: string,
  { clusterName }: Pick<SessionConfig, 'clusterName'> = SESSION_CONFIG,
): Readonly<Record<string, string>> {
  const roleArn = BASE_ROLE_ARN + secretName.replace(/^aws-iam-/, '');
  const subject = { namespace: 'shop', roleArn, sessionSeconds: 3_600 };
  return {
    'kube-aws-iam/session': createFingerprint({ ...SESSION_CONFIG, clusterName })(subject),
  };
}

/** A managed Secret of namespace `shop` with fresh credentials of the role in its name. */
export function aSecret(
  name: string,
  overrides: Partial<ManagedSecret> = {},
  expiresAt: Date | string | undefined = minutes(59),
): ManagedSecret {
  return {
    namespace: 'shop',
    name,
    uid: `uid-of-${name}`,
    resourceVersion: '100',
    labels: { heritage: 'kube-aws-iam-controller' },
    owners: [],
    ...overrides,
    annotations: {
      ...ofConfiguredSession(name),
      ...(expiresAt === undefined
        ? {}
        : {
            'kube-aws-iam/expires-at': typeof expiresAt === 'string' ? expiresAt : iso(expiresAt),
          }),
      ...overrides.annotations,
    },
  };
}

/** A new AWSIAMRole of namespace `shop`. */
export function anAwsIamRole(
  name: string,
  overrides: Partial<ObservedAwsIamRole> = {},
): ObservedAwsIamRole {
  return {
    namespace: 'shop',
    name,
    uid: `uid-of-${name}`,
    generation: 1,
    createdAt: minutes(-60),
    labels: {},
    roleReference: name,
    status: {},
    ...overrides,
  };
}

/** The fields of a Secret that belongs to an AWSIAMRole, with credentials for its first generation. */
export function ofAwsIamRole(
  { uid, name = 'orders' }: { readonly uid: string; readonly name?: string },
  generation = '1',
): Pick<ManagedSecret, 'labels' | 'owners' | 'annotations'> {
  return {
    labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
    owners: [{ apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', name, uid }],
    annotations: { 'kube-aws-iam/awsiamrole-generation': generation },
  };
}

/** Another object as the owner of a Secret. */
export function anOwner(overrides: Partial<OwnerReference> = {}): OwnerReference {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'backup', uid: 'uid-of-backup' };
  return { ...owner, ...overrides };
}

/** The request of pod `web` in namespace `shop`, first seen at NOW. */
export function aRequest(
  secret: string,
  overrides: Partial<PodCredentialRequest> = {},
): PodCredentialRequest {
  return { namespace: 'shop', secret, pod: 'web', seenAt: NOW.toISOString(), ...overrides };
}

/** The event with which an EventBridge rule invokes a function, envelope included. */
export function aBusEvent(
  wanted: unknown,
  overrides: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    version: '0',
    id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
    account: '123456789012',
    time: iso(NOW),
    region: 'eu-central-1',
    resources: [],
    source: EVENT_SOURCE,
    'detail-type': EVENT_DETAIL_TYPE,
    detail: { wanted },
    ...overrides,
  };
}

export function listing<T>(items: readonly T[], failure?: Error): Listing<T> {
  return { items, seen: items.length, ...(failure === undefined ? {} : { failure }) };
}

export function aView(parts: {
  pods?: readonly ObservedPod[];
  secrets?: readonly ManagedSecret[];
  namespaces?: readonly ObservedNamespace[];
  awsIamRoles?: readonly ObservedAwsIamRole[];
}): ClusterView {
  return {
    pods: listing(parts.pods ?? []),
    secrets: listing(parts.secrets ?? []),
    namespaces: listing(parts.namespaces ?? [aNamespace()]),
    awsIamRoles: listing(parts.awsIamRoles ?? []),
  };
}

/** The configuration of sessions. */
export const SESSION_CONFIG: SessionConfig = {
  sessions: { nameForm: 'namespace', source: 'role', seconds: 3_600 },
  clusterName: 'test',
  policy: {},
};

/** The context of a pass over the view. */
export function aContext(view: Pick<ClusterView, 'namespaces'>, now: Date = NOW): PlanContext {
  return createPlanContext(
    { ...SESSION_CONFIG, policy: aPolicy(), refreshBeforeSeconds: 1_800 },
    view.namespaces,
    now,
  );
}
