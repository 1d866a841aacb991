import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MovableClock } from '../../../local/clock.ts';
import { startForwarderProcess } from '../../../local/forwarder/forwarder-process.ts';
import type { PodProcess } from '../../../local/pod-process/pod-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';

interface ForwarderOptions {
  /** The folder of the chart. */
  readonly chart: string;
  readonly cluster: {
    readonly url: string;
    readonly caPem: string;
    readonly adminToken: string;
  };
  readonly bus: { readonly url: string };
  readonly clock: MovableClock;
  /** For its files. @default a temporary folder */
  readonly folder?: string;
}

/** Starts a forwarder of all namespaces of a cluster, without the product's functions. */
export function startForwarderOf({
  chart,
  cluster,
  bus,
  clock,
  folder = temporaryFolder(),
}: ForwarderOptions): Promise<PodProcess> {
  const mounted = join(folder, 'mounted');
  mkdirSync(mounted);
  writeFileSync(
    join(mounted, 'credentials.process'),
    '[default]\naws_access_key_id = A\naws_secret_access_key = B\n',
  );
  const forwarder = { region: 'eu-central-1', eventBusName: 'bus' };
  return startForwarderProcess({
    chart: { folder: chart, values: { namespaces: [], excludedNamespaces: [], forwarder } },
    cluster: { ...cluster, token: cluster.adminToken },
    mounted,
    eventBridgeUrl: bus.url,
    clock,
    folder,
  });
}
