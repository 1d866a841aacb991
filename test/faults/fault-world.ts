import { PASS } from '../../contract/pass.ts';
import type { PodCredentialRequest } from '../../contract/pod-event.ts';
import type { InvocationResult } from '../../local/aws/lambda/functions.ts';
import { aBusEvent } from '../support/builders.ts';
import { type ChartedCluster, realChartedCluster } from '../support/charted-cluster.ts';
import { type Deployment, deploy, REFRESH, SWEEP } from '../support/deployment.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
import { createPeople, type People } from './people.ts';
import { startWitness, type Witness } from './witness.ts';

/** The deployed product before a real control plane, with faults between the two and a judge who sees it all. */
export interface FaultWorld extends Pick<Deployment, 'cloud' | 'clock'> {
  readonly real: ChartedCluster;
  readonly proxy: FaultyProxy;
  readonly witness: Witness;
  readonly people: People;
  refresh(): Promise<Run>;
  sweep(): Promise<Run>;
  /** A pod event, as the forwarder sends it. */
  podEvent(want: Omit<PodCredentialRequest, 'seenAt'>): Promise<Run>;
  stop(): Promise<void>;
}

/** A run of a function that ended. */
export interface Run {
  readonly what: 'refresh' | 'sweep' | 'event';
  readonly result: InvocationResult;
  readonly milliseconds: number;
}

/** The roles that pods may have. */
export const ROLES = ['app-orders', 'app-report', 'app-old', 'app-late', 'app-mine'] as const;

/**
 * Starts it. Etcd keeps objects as JSON, so that the witness can read them there.
 *
 * @throws when the control plane does not start
 */
export async function startFaultWorld(): Promise<FaultWorld> {
  const startCluster = realChartedCluster({
    controllers: true,
    apiServerFlags: {
      'storage-media-type': 'application/json',
      // Newer API servers remember what etcd forgot, as long as they are not restarted.
      'feature-gates': 'ListFromCacheSnapshot=false',
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
  const witness = await startWitness({ etcdUrl: real.etcdUrl, cloud, clock });

  const run = async (what: Run['what'], functionName: string, event: object): Promise<Run> => {
    const startedAt = performance.now();
    const result = await cloud.functions.invoke(functionName, event);
    const milliseconds = Math.round(performance.now() - startedAt);
    return { what, result, milliseconds };
  };
  return {
    cloud,
    clock,
    real,
    proxy,
    witness,
    people: createPeople(real.admin, witness),
    refresh: () => run('refresh', REFRESH, { pass: PASS.refresh }),
    sweep: () => run('sweep', SWEEP, { pass: PASS.sweep }),
    podEvent: (want) =>
      run('event', REFRESH, aBusEvent([{ ...want, seenAt: clock.now().toISOString() }])),
    async stop() {
      witness.stop();
      await deployment.stop();
    },
  };
}
