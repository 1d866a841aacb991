import { PASS } from '../../contract/pass.ts';
import type { PodCredentialRequest } from '../../contract/pod-event.ts';
import type { InvocationResult } from '../../local/aws/lambda/invocation.ts';
import { aBusEvent } from '../support/builders/builders.ts';
import { type ChartedCluster, realChartedCluster } from '../support/chart/charted-cluster.ts';
import {
  type Deployment,
  deploy,
  EVENTS,
  REFRESH,
  SWEEP,
} from '../support/deployment/deployment.ts';
import { flagsWithoutListSnapshots } from '../support/feature-gates.ts';
import { type ClusterObserver, startClusterObserver } from './cluster-observer.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
import { createUsers, type Users } from './users.ts';

/** The deployed product and a real control plane, with a faulty proxy between them and an observer. */
export interface FaultEnvironment extends Pick<Deployment, 'cloud' | 'clock'> {
  readonly real: ChartedCluster;
  readonly proxy: FaultyProxy;
  readonly observer: ClusterObserver;
  readonly users: Users;
  refresh(): Promise<Invocation>;
  sweep(): Promise<Invocation>;
  /** Sends a pod event, as the forwarder does. */
  podEvent(request: Omit<PodCredentialRequest, 'seenAt'>): Promise<Invocation>;
  stop(): Promise<void>;
}

/** A finished invocation of a function. */
export interface Invocation {
  readonly kind: 'refresh' | 'sweep' | 'event';
  readonly result: InvocationResult;
  readonly milliseconds: number;
}

/** The roles that exist. */
const ROLES = ['app-orders', 'app-report', 'app-old', 'app-late', 'app-mine'] as const;

/**
 * Starts the environment. The API server stores objects as JSON, so that the observer can read them in etcd.
 *
 * @throws {Error} if the control plane does not start
 */
export async function startFaultEnvironment(): Promise<FaultEnvironment> {
  const startCluster = realChartedCluster({
    controllers: true,
    apiServerFlags: {
      'storage-media-type': 'application/json',
      ...flagsWithoutListSnapshots(),
    },
  });
  const deployment = await deploy(async (authenticate) => {
    const real = await startCluster(authenticate);
    const proxy = await startFaultyProxy(real);
    const stop = async () => {
      await proxy.stop();
      await real.stop();
    };
    return { real, proxy, url: proxy.url, caPem: proxy.caPem, stop };
  });
  const { cloud, clock, cluster } = deployment;
  const { real, proxy } = cluster;
  for (const role of ROLES) deployment.addPodRole(role);
  const observer = await startClusterObserver({ etcdUrl: real.etcdUrl, cloud, clock });

  const invoke = async (
    kind: Invocation['kind'],
    functionName: string,
    event: object,
  ): Promise<Invocation> => {
    const startedAt = performance.now();
    const result = await cloud.functions.invoke(functionName, event);
    const milliseconds = Math.round(performance.now() - startedAt);
    return { kind, result, milliseconds };
  };
  return {
    cloud,
    clock,
    real,
    proxy,
    observer,
    users: createUsers(real.admin, observer),
    refresh: () => invoke('refresh', REFRESH, { pass: PASS.refresh }),
    sweep: () => invoke('sweep', SWEEP, { pass: PASS.sweep }),
    podEvent: (request) =>
      invoke('event', EVENTS, aBusEvent([{ ...request, seenAt: clock.now().toISOString() }])),
    async stop() {
      observer.stop();
      await deployment.stop();
    },
  };
}
