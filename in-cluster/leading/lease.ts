import { HTTP_STATUS } from '../../contract/http-status.ts';
import { isRecord } from '../../contract/is-record.ts';
import { FIELD_MANAGER } from '../../contract/kubernetes/cluster-access.ts';
import { REFRESHER_LEASE } from '../../contract/kubernetes/refresher-lease.ts';
import { apiErrorOf } from '../../kubernetes/api-error.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { ApiResponse, KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';

/** Who leads, as the Lease records it. */
export interface LeaseRecord {
  /** The leader; empty if nobody leads. */
  readonly holder: string;
  /** How long after `renewedAt` others take over, in seconds. */
  readonly durationSeconds: number;
  /** When the leader renewed it, by its own clock; compared for changes only. */
  readonly renewedAt: string;
  readonly acquiredAt: string;
  /** How often another process took over. */
  readonly transitions: number;
}

/** The Lease as it was read. */
export interface Lease extends LeaseRecord {
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Reads and writes the Lease of the refresher. */
export interface LeaseApi {
  /** @throws {ClusterSetupError} when it does not exist or access is denied */
  read(signal: AbortSignal): Promise<Lease>;
  /** Writes the record unless the Lease has changed since it was read. Returns undefined if it has. */
  write(
    lease: Pick<Lease, 'resourceVersion'>,
    record: LeaseRecord,
    signal: AbortSignal,
  ): Promise<Lease | undefined>;
  annotate(annotations: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
}

/** Creates the API of the Lease over a connection. */
export function createLeaseApi(connection: KubernetesConnection): LeaseApi {
  const patch = (body: object, signal: AbortSignal) =>
    connection.send({
      method: 'PATCH',
      path: `${REFRESHER_LEASE.path}?fieldManager=${FIELD_MANAGER}`,
      headers: { 'content-type': 'application/merge-patch+json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
  return {
    async read(signal) {
      const headers = { accept: 'application/json' };
      const { path } = REFRESHER_LEASE;
      return leaseIn(await connection.send({ method: 'GET', path, headers, signal }));
    },
    async write({ resourceVersion }, record, signal) {
      const response = await patch({ metadata: { resourceVersion }, spec: specOf(record) }, signal);
      return response.status === HTTP_STATUS.conflict ? undefined : leaseIn(response);
    },
    async annotate(annotations, signal) {
      leaseIn(await patch({ metadata: { annotations } }, signal));
    },
  };
}

function specOf({ holder, durationSeconds, renewedAt, acquiredAt, transitions }: LeaseRecord) {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: durationSeconds,
    // MicroTime: six digits.
    renewTime: microTime(renewedAt),
    acquireTime: microTime(acquiredAt),
    leaseTransitions: transitions,
  };
}

function microTime(instant: string): string {
  return instant.replace(/\.(\d{3})Z$/, '.$1000Z');
}

function leaseIn(response: ApiResponse): Lease {
  if (response.status !== HTTP_STATUS.ok) throw failureOf(response);
  const { metadata = {}, spec = {} } = JSON.parse(response.body.toString());
  return {
    resourceVersion: String(metadata.resourceVersion),
    annotations: isRecord(metadata.annotations)
      ? (metadata.annotations as Record<string, string>)
      : {},
    holder: String(spec.holderIdentity ?? ''),
    durationSeconds: Number(spec.leaseDurationSeconds ?? 0),
    renewedAt: String(spec.renewTime ?? ''),
    acquiredAt: String(spec.acquireTime ?? ''),
    transitions: Number(spec.leaseTransitions ?? 0),
  };
}

function failureOf(response: ApiResponse): Error {
  const name = `${REFRESHER_LEASE.namespace}/${REFRESHER_LEASE.name}`;
  if (response.status === HTTP_STATUS.notFound) {
    return new ClusterSetupError(
      `The Lease ${name} does not exist: install the chart again, which creates it (helm upgrade --install, or kube-aws-iam manifests | kubectl apply).`,
    );
  }
  if (response.status === HTTP_STATUS.forbidden) {
    return new ClusterSetupError(
      `The refresher may not read or change the Lease ${name} (403): install the chart again, which allows it.`,
    );
  }
  return apiErrorOf(response);
}
