import * as z from 'zod';
import { formatInstant } from '../../../../contract/format-instant.ts';
import { PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import {
  REFRESHER_DEPLOYMENT,
  REFRESHER_LEASE,
} from '../../../../contract/kubernetes/refresher-lease.ts';
import {
  EXPIRES_AT_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  SECRET_NAME_PREFIX,
} from '../../../../contract/kubernetes/secret.ts';
import { refresherRoleName } from '../../../../infra/names.ts';
import { shellCommand } from '../../../../tools/terminal/shell-quote.ts';
import { refresherDeployment } from '../../../in-cluster/refresher-deployment.ts';
import { type LeaseObject, leaderOf, leaseObject } from '../../../in-cluster/request-pass.ts';
import { expectedEnvironment } from '../aws-checks/expected-deployment.ts';
import { judgeEnvironment } from '../aws-checks/functions.ts';
import { type Check, type Finding, failed, notChecked, ok, unreadable } from '../check.ts';
import { deploymentOf, examineWorkload, type Workload } from '../forwarder-checks/forwarder.ts';
import { commandFor, installChartCommand } from '../remedies.ts';

/** The process that does what the functions do elsewhere. */
const REFRESHER: Workload = {
  deployment: REFRESHER_DEPLOYMENT,
  component: 'refresher',
  values: 'refresher.deployment',
};

/** The checks whose failure keeps the refresher from working. */
const BEFORE = ['right-cluster', 'chart-cluster', 'version', 'chart'] as const;

const secretMetadata = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});

/** The refresher has AWS credentials. */
const secretCheck: Check = {
  id: 'refresher-secret',
  title: 'refresher: Secret',
  requires: ['cluster'],
  after: BEFORE,
  async run({ cluster, settings, region, now }) {
    if (settings.sessions.source === 'oidc') {
      return ok('not needed: it assumes its role with a token of the cluster');
    }
    const name = SECRET_NAME_PREFIX + refresherRoleName(region, settings.clusterName);
    const result = await cluster.read({
      path: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets/${name}`,
      permission: `get secrets in namespace "${PRODUCT_NAMESPACE}"`,
      schema: secretMetadata,
      asMetadata: true,
    });
    if (result.kind !== 'found' && result.kind !== 'absent') return unreadable(result);
    const metadata = result.kind === 'found' ? result.value.metadata : undefined;
    return judgeSeed(name, metadata, `run: ${commandFor(settings, 'seed')}`, now());
  },
};

/**
 * Judges the Secret with the refresher's own credentials; undefined if it does not exist. It renews them with themselves, so
 * they are lost when they expire.
 */
export function judgeSeed(
  name: string,
  metadata: z.output<typeof secretMetadata>['metadata'] | undefined,
  remedy: string,
  now: Date,
): Finding {
  if (metadata === undefined) {
    return failed(`Secret ${name} is missing, so the refresher has no AWS credentials`, remedy);
  }
  if (metadata.labels[HERITAGE_LABEL] !== HERITAGE_VALUE) {
    return failed(
      `Secret ${name} lacks the label ${HERITAGE_LABEL}=${HERITAGE_VALUE}, so the refresher does not renew it`,
      `delete it (${shellCommand`kubectl delete secret ${name} --namespace ${PRODUCT_NAMESPACE}`}), and ${remedy}`,
    );
  }
  const text = metadata.annotations[EXPIRES_AT_ANNOTATION] ?? '';
  const expiresAt = new Date(text);
  if (Number.isNaN(expiresAt.getTime()))
    return failed(`Secret ${name} has no valid expiry`, remedy);
  return expiresAt > now
    ? ok(`${name}, valid until ${text}`)
    : failed(
        `the refresher's own credentials in Secret ${name} expired at ${text}, and it cannot renew them`,
        remedy,
      );
}

/** The Deployment is not paused, and a pod is available. */
const deploymentCheck: Check = {
  id: 'refresher',
  title: 'refresher',
  requires: ['cluster'],
  after: [...BEFORE, 'refresher-secret'],
  async run(context) {
    const { cluster, settings } = context;
    const result = await cluster.read(deploymentOf(REFRESHER, refresherDeployment));
    if (result.kind === 'found' && result.value.replicas === 0) {
      return failed(
        `the refresher is paused: Deployment ${REFRESHER_DEPLOYMENT} is scaled to 0`,
        `run: ${commandFor(settings, 'resume')}`,
      );
    }
    return examineWorkload(context, REFRESHER);
  },
};

/** The configuration of the Deployment is that of the settings. */
const environmentCheck: Check = {
  id: 'refresher-environment',
  title: 'refresher: settings',
  requires: ['cluster', 'aws-identity'],
  after: [...BEFORE],
  async run(context) {
    const { cluster, settings } = context;
    const result = await cluster.read(deploymentOf(REFRESHER, refresherDeployment));
    if (result.kind === 'absent') return notChecked('the Deployment does not exist');
    if (result.kind !== 'found') return unreadable(result);
    const finding = judgeEnvironment(
      await expectedEnvironment(context),
      result.value.environment,
      settings,
    );
    return finding.remedy === undefined
      ? finding
      : { ...finding, remedy: installChartCommand(settings) };
  },
};

/** A process leads. */
const leaseCheck: Check = {
  id: 'refresher-lease',
  title: 'refresher: Lease',
  requires: ['cluster'],
  after: [...BEFORE, 'refresher-secret', 'refresher'],
  async run({ cluster, settings, now }) {
    const result = await cluster.read({
      path: REFRESHER_LEASE.path,
      permission: `get leases in namespace "${REFRESHER_LEASE.namespace}"`,
      schema: leaseObject,
    });
    if (result.kind === 'absent') {
      return failed(`Lease ${REFRESHER_LEASE.name} is missing`, installChartCommand(settings));
    }
    return result.kind === 'found' ? judgeLease(result.value, now()) : unreadable(result);
  },
};

/** Judges who holds the Lease. Nothing is created or renewed without a leader. */
export function judgeLease(lease: LeaseObject, now: Date): Finding {
  const leader = leaderOf(lease, now);
  if (leader !== undefined) {
    return ok(`held by ${leader.name}, renewed at ${formatInstant(leader.renewedAt)}`);
  }
  const { holderIdentity, renewTime } = lease.spec;
  return failed(
    holderIdentity
      ? `${holderIdentity} has not renewed Lease ${REFRESHER_LEASE.name} since ${renewTime ?? 'an unknown time'}, and no other process leads`
      : `no process has taken Lease ${REFRESHER_LEASE.name}`,
    shellCommand`run: kubectl logs deployment/${REFRESHER_DEPLOYMENT} --namespace ${PRODUCT_NAMESPACE}`,
  );
}

/** The checks of a refresher that runs in the cluster, causes before effects. */
export const inClusterChecks: readonly Check[] = [
  secretCheck,
  deploymentCheck,
  environmentCheck,
  leaseCheck,
];
