import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import {
  EXPIRES_AT_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  MANAGED_SELECTOR,
  UNUSED_SINCE_ANNOTATION,
} from '../../contract/kubernetes/secret.ts';
import { chartValues } from '../../infra/chart/chart-values.ts';
import { readClusterSettings } from '../../infra/settings/read-cluster-settings.ts';
import { apiClient } from '../../local/api-client.ts';
import type { MovableClock } from '../../local/clock.ts';
import { type AccessRule, authorizeByRules } from '../../local/kubernetes/access/authorization.ts';
import type { Authenticate } from '../../local/kubernetes/access/user-info.ts';
import { startEmbeddedCluster } from '../../local/kubernetes/embedded-cluster.ts';
import { startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { aBusEvent, aRequest, BASE_ROLE_ARN } from '../support/builders/builders.ts';
import { accessRules } from '../support/chart/access-rules.ts';
import { chartCluster } from '../support/chart/chart-cluster.ts';
import { type Manifest, renderChart } from '../support/chart/helm.ts';
import {
  CLUSTER_NAME,
  deploy,
  EVENTS,
  REFRESH,
  REGION,
  type StartedCluster,
  SWEEP,
} from '../support/deployment/deployment.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { HELM, requires } from '../support/requirements.ts';

const FORWARDER_SECRET = `aws-iam-kube-aws-iam-forwarder-${REGION}-${CLUSTER_NAME}`;

/** A cluster that enforces the RBAC of a chart. */
interface ChartedCluster extends StartedCluster {
  readonly adminToken: string;
  install(manifests: readonly Manifest[]): Promise<void>;
}

type Start = (authenticate: Authenticate, clock: MovableClock) => Promise<ChartedCluster>;

const embedded: Start = async (authenticate, clock) => {
  let rules: readonly AccessRule[] = [];
  const cluster = await startEmbeddedCluster({
    clock,
    authenticate,
    authorize: (user, request) => authorizeByRules(rules)(user, request),
  });
  return {
    ...cluster,
    async install(manifests) {
      rules = accessRules(manifests);
    },
  };
};

const real: Start = async (authenticate) => {
  const cluster = await startRealCluster({ authenticate });
  return {
    ...cluster,
    async install(manifests) {
      const charted = chartCluster(cluster);
      for (const manifest of manifests) {
        if (manifest.kind !== 'Deployment') await charted.apply(manifest);
      }
      await charted.close();
    },
  };
};

/** Deploys the functions with these settings for a cluster, and renders the chart as the stack does. */
async function startScoped(start: Start, settings: object) {
  const deployment = await deploy(start, settings);
  const { cluster, clock } = deployment;
  const admin = apiClient({ ...cluster, token: cluster.adminToken });
  for (const role of ['app-orders', 'app-billing']) deployment.addPodRole(role);
  const clusters = [{ clusterName: CLUSTER_NAME, assumableRoles: ['app-*'], ...settings }];
  const [read] = readClusterSettings({ clusters });
  if (read === undefined) throw new Error('no settings');
  const manifests = await renderChart(chartValues(read, REGION, BASE_ROLE_ARN));
  const post = async (path: string, body: object) => {
    const response = await admin.send('POST', path, { body });
    if (response.status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(response.body)}`);
  };
  return {
    /** Installs the chart, without its objects in a namespace. */
    install: (without = '') =>
      cluster.install(manifests.filter(({ metadata }) => metadata.namespace !== without)),
    createNamespace: (name: string) =>
      post('/api/v1/namespaces', {
        metadata: { name, annotations: { 'iam.amazonaws.com/allowed-roles': '["app-*"]' } },
      }),
    createPod: (namespace: string, name: string, secretName: string) =>
      post(`/api/v1/namespaces/${namespace}/pods`, {
        metadata: { name },
        spec: {
          containers: [{ name: 'c', image: 'app' }],
          volumes: [{ name: 'v', secret: { secretName } }],
        },
      }),
    deletePod: (namespace: string, name: string) =>
      admin.send('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`),
    /** Creates a managed Secret that is due. Call it before the chart reserves the label for the refresher. */
    createManaged: (namespace: string, name: string) =>
      post(`/api/v1/namespaces/${namespace}/secrets`, {
        metadata: {
          name,
          labels: { [HERITAGE_LABEL]: HERITAGE_VALUE },
          annotations: { [EXPIRES_AT_ANNOTATION]: clock.now().toISOString() },
        },
      }),
    /** The annotations of the managed Secrets, by `namespace/name`. */
    async secrets(): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
      const { body } = await admin.send('GET', `/api/v1/secrets?labelSelector=${MANAGED_SELECTOR}`);
      return Object.fromEntries(
        body.items.map(({ metadata }) => [
          `${metadata['namespace']}/${metadata.name}`,
          metadata['annotations'] as Record<string, string>,
        ]),
      );
    },
    refresh: () => deployment.invoke(REFRESH, { pass: 'refresh' }),
    sendEvent: (event: object) => deployment.invoke(EVENTS, event),
    sweep: () => deployment.invoke(SWEEP, { pass: 'sweep' }),
    advance: (minutes: number) => clock.advance(minutes * 60),
    async stop() {
      await admin.close();
      await deployment.stop();
    },
  };
}

function scopeSuite(start: Start): void {
  let scoped: Awaited<ReturnType<typeof startScoped>>;
  const names = async () => Object.keys(await scoped.secrets()).sort();
  /** Retries until the installed chart is effective. */
  const succeeds = (run: () => Promise<unknown>) =>
    waitUntil('the pass to succeed', () =>
      run().then(
        () => true as const,
        () => undefined,
      ),
    );

  describe('with configured namespaces', () => {
    const FORBIDDEN =
      /Cannot list \w+ in namespace .{1,3}late.*with this namespace in its value namespaces/;
    const BEFORE = ['bank/aws-iam-app-orders', 'bank/aws-iam-app-stock'];
    const CREATED = [`${PRODUCT_NAMESPACE}/${FORWARDER_SECRET}`, 'shop/aws-iam-app-orders'];
    let ofBank: unknown;

    beforeAll(async () => {
      scoped = await startScoped(start, { namespaces: ['shop', 'late'] });
      for (const name of ['shop', 'bank', PRODUCT_NAMESPACE]) await scoped.createNamespace(name);
      for (const path of BEFORE) await scoped.createManaged('bank', path.slice('bank/'.length));
      ofBank = Object.values(await scoped.secrets());
      await scoped.createPod('shop', 'web', 'aws-iam-app-orders');
      await scoped.createPod('bank', 'ledger', 'aws-iam-app-orders');
      await scoped.createPod('bank', 'teller', 'aws-iam-app-billing');
      await scoped.createPod(PRODUCT_NAMESPACE, 'forwarder', FORWARDER_SECRET);
      // The namespace `late` does not exist yet, so its Role cannot be created.
      await scoped.install('late');
    });
    afterAll(() => scoped?.stop());

    it('their pods and the forwarder receive Secrets, with permissions in those namespaces only', async () => {
      await succeeds(scoped.refresh);
      expect(await names()).toEqual([...BEFORE, ...CREATED].sort());
    });

    it('a namespace without the Role is an error, and Secrets in the others are created and renewed', async () => {
      const before = await scoped.secrets();
      await scoped.createNamespace('late');
      await scoped.createPod('late', 'batch', 'aws-iam-app-orders');
      await scoped.createPod('shop', 'shelf', 'aws-iam-app-billing');
      scoped.advance(36);
      await expect(scoped.refresh()).rejects.toThrow(FORBIDDEN);
      const after = await scoped.secrets();
      expect(Object.keys(after).sort()).toEqual(
        [...BEFORE, ...CREATED, 'shop/aws-iam-app-billing'].sort(),
      );
      for (const path of CREATED) {
        const [earlier, later] = [before, after].map((all) => all[path]?.[EXPIRES_AT_ANNOTATION]);
        expect(Date.parse(later ?? '')).toBeGreaterThan(Date.parse(earlier ?? ''));
      }
    });

    it('no Secret is marked while a namespace has no Role', async () => {
      await scoped.deletePod('shop', 'web');
      await expect(scoped.sweep()).rejects.toThrow(FORBIDDEN);
      const all = Object.values(await scoped.secrets());
      expect(all.filter((annotations) => UNUSED_SINCE_ANNOTATION in annotations)).toEqual([]);
    });

    it('passes succeed once the Role exists', async () => {
      await scoped.install();
      await succeeds(scoped.refresh);
      expect(await names()).toContain('late/aws-iam-app-orders');
      await scoped.sweep();
      expect((await scoped.secrets())['shop/aws-iam-app-orders']).toHaveProperty([
        UNUSED_SINCE_ANNOTATION,
      ]);
    });

    it('Secrets in other namespaces are unchanged', async () => {
      const all = await scoped.secrets();
      expect(BEFORE.map((path) => all[path])).toEqual(ofBank);
    });
  });

  describe('with an excluded namespace', () => {
    const BEFORE = ['bank/aws-iam-app-orders', 'bank/aws-iam-app-stock'];
    let ofBank: unknown;

    beforeAll(async () => {
      scoped = await startScoped(start, { excludedNamespaces: ['bank', 'absent'] });
      for (const name of ['shop', 'bank', PRODUCT_NAMESPACE]) await scoped.createNamespace(name);
      for (const path of BEFORE) await scoped.createManaged('bank', path.slice('bank/'.length));
      ofBank = Object.values(await scoped.secrets());
      await scoped.createManaged('shop', 'aws-iam-app-stock');
      await scoped.createPod('shop', 'web', 'aws-iam-app-orders');
      await scoped.createPod('bank', 'ledger', 'aws-iam-app-orders');
      await scoped.createPod('bank', 'teller', 'aws-iam-app-billing');
      await scoped.install();
    });
    afterAll(() => scoped?.stop());

    it('a refresh ignores its pods and Secrets, but no others', async () => {
      await succeeds(scoped.refresh);
      expect(await names()).toEqual(
        [...BEFORE, 'shop/aws-iam-app-orders', 'shop/aws-iam-app-stock'].sort(),
      );
    });

    it('a pod event does not include it', async () => {
      const bank = { namespace: 'bank', pod: 'teller' };
      const event = aBusEvent([
        aRequest('aws-iam-app-billing', bank),
        aRequest('aws-iam-app-orders'),
      ]);
      expect(await scoped.sendEvent(event)).toMatchObject({ wanted: 1 });
      expect(await names()).not.toContain('bank/aws-iam-app-billing');
    });

    it('a sweep neither marks nor removes its Secrets', async () => {
      await scoped.sweep();
      expect((await scoped.secrets())['shop/aws-iam-app-stock']).toHaveProperty([
        UNUSED_SINCE_ANNOTATION,
      ]);
      scoped.advance(31);
      await scoped.sweep();
      const all = await scoped.secrets();
      expect(all).not.toHaveProperty(['shop/aws-iam-app-stock']);
      expect(BEFORE.map((path) => all[path])).toEqual(ofBank);
    });
  });
}

describe('the scope of the deployed functions on an embedded cluster', requires(HELM), () => {
  scopeSuite(embedded);
});

describeChartOnRealCluster('the scope of the deployed functions on a real cluster', () => {
  scopeSuite(real);
});
