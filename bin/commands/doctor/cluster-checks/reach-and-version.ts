import * as z from 'zod';
import { ClusterSetupError } from '../../../../kubernetes/errors.ts';
import type { Check } from '../check.ts';
import type { ClusterRequest } from '../readers/cluster-reader.ts';
import { type Finding, failed, notChecked, ok } from '../finding.ts';
import { unread } from '../readers/read-result.ts';

/** What `/version` says. */
export interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}

const VERSION: ClusterRequest<ServerVersion> = {
  path: '/version',
  right: 'get /version',
  schema: z.object({ major: z.string(), minor: z.string(), gitVersion: z.string() }),
};

/** The first minor version of Kubernetes 1 with ValidatingAdmissionPolicy, and with MutatingAdmissionPolicy. */
const VALIDATING_SINCE = 30;
const MUTATING_SINCE = 36;

/** The cluster that the kubeconfig names answers. */
export const clusterCheck: Check = {
  id: 'cluster',
  title: 'cluster',
  async run({ cluster }) {
    try {
      const { context, server } = await cluster.reach();
      const reading = await cluster.read(VERSION);
      // Who may not see the version was answered.
      if (reading.kind === 'failed') return unread(reading);
      return ok(`context "${context}", ${server}`);
    } catch (error) {
      return judgeNoAnswer(error);
    }
  },
};

/** Without a way in nothing is known of the cluster; a cluster that does not answer is something that is wrong. */
export function judgeNoAnswer(error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = 'mend the kubeconfig, or name another with --kubeconfig or --context';
  return error instanceof ClusterSetupError
    ? notChecked(message, remedy)
    : failed(message, 'reach the cluster with kubectl first');
}

/** The cluster is new enough. */
export const versionCheck: Check = {
  id: 'version',
  title: 'Kubernetes version',
  requires: ['cluster'],
  after: ['right-cluster'],
  async run({ cluster, settings }) {
    const reading = await cluster.read(VERSION);
    if (reading.kind === 'absent') return notChecked('the cluster does not tell its version');
    return reading.kind === 'read'
      ? judgeVersion(reading.value, settings.podInjection)
      : unread(reading);
  },
};

/** Judges a server's version. EKS writes minor versions as `30+`. */
export function judgeVersion(
  { major, minor, gitVersion }: ServerVersion,
  podInjection: boolean,
): Finding {
  const found = Number.parseInt(minor, 10);
  const needed = podInjection ? MUTATING_SINCE : VALIDATING_SINCE;
  if (major === '1' && found >= needed) return ok(gitVersion);
  const why = podInjection
    ? 'podInjection needs MutatingAdmissionPolicy'
    : 'the chart needs ValidatingAdmissionPolicy';
  return failed(
    `${gitVersion}, and ${why}, which Kubernetes has since 1.${needed}`,
    podInjection
      ? 'upgrade the cluster, or set "podInjection": false and deploy again'
      : 'upgrade the cluster',
  );
}
