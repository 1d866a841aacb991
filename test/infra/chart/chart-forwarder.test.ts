import { RegionInfo } from 'aws-cdk-lib/region-info';
import { describe, expect, it } from 'vitest';
import {
  FORWARDER_ENVIRONMENT,
  FORWARDER_SERVICE_ACCOUNT,
  PRODUCT_NAMESPACE,
} from '../../../contract/forwarder.ts';
import {
  MOUNT_PATH,
  SECRET_KEYS,
  SECRET_NAME_PREFIX,
} from '../../../contract/kubernetes/secret.ts';
import { readForwarderConfig } from '../../../forwarder/config.ts';
import schema from '../../../infra/chart/kube-aws-iam/values.schema.json' with { type: 'json' };
import {
  forwarderContainer,
  forwarderEnvironment,
  forwarderPod,
} from '../../support/chart/forwarder-manifests.ts';
import {
  CHART_FOLDER,
  helm,
  type Manifest,
  madeChart,
  makeChart,
  manifestNamed,
  REQUIRED_VALUES,
  renderChart,
  setting,
} from '../../support/chart/helm.ts';
import { HELM, requires } from '../../support/requirements.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/forwarder';
const IRSA = { 'forwarder.credentials': { source: 'irsa', roleArn: ROLE_ARN } };
const POD_IDENTITY = { 'forwarder.credentials': { source: 'podIdentity' } };
const CREDENTIALS_FILE = 'AWS_SHARED_CREDENTIALS_FILE';
const CLUSTER_WIDE = /^(Namespace|CustomResource|ClusterRole|ValidatingAdmissionPolicy)/;

const tcp = (port: unknown) => ({ protocol: 'TCP', port });
const named = (manifests: readonly Manifest[], kind: string) =>
  manifestNamed(manifests, kind, FORWARDER_SERVICE_ACCOUNT);

describe('the forwarder in the chart', requires(HELM), () => {
  it('is in the namespace of the contract, with all its resources', async () => {
    for (const { kind, metadata } of await renderChart()) {
      if (!CLUSTER_WIDE.test(kind)) expect(metadata.namespace).toBe(PRODUCT_NAMESPACE);
    }
  });

  it('has a namespace that enforces restricted pods', async () => {
    const { metadata } = manifestNamed(await renderChart(), 'Namespace', PRODUCT_NAMESPACE);
    expect(metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  it('omits the namespace if Helm creates it', async () => {
    const parameters = ['-n', PRODUCT_NAMESPACE, madeChart(), ...setting(REQUIRED_VALUES)];
    expect(await helm('template', 'x', ...parameters)).not.toContain('kind: Namespace');
  });

  it('runs as the ServiceAccount of the contract, whose token is mounted in its own pods only', async () => {
    const manifests = await renderChart();
    const { spec } = forwarderPod(manifests);
    expect(spec?.serviceAccountName).toBe(FORWARDER_SERVICE_ACCOUNT);
    expect(spec?.automountServiceAccountToken).toBe(false);
    expect(named(manifests, 'ServiceAccount')['automountServiceAccountToken']).toBe(false);
    const volume = spec?.volumes?.find(({ projected }) => projected !== undefined);
    expect(volume?.projected?.sources).toEqual([
      { serviceAccountToken: { path: 'token', expirationSeconds: 3_600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ]);
  });

  it('receives its configuration', async () => {
    const manifests = await renderChart({
      namespaces: ['team-a', 'team-b'],
      excludedNamespaces: ['team-c'],
    });
    const { ports, volumeMounts } = forwarderContainer(manifests);
    const config = readForwarderConfig({
      ...forwarderEnvironment(manifests),
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
      KUBERNETES_SERVICE_PORT: '443',
    });
    expect(config).toMatchObject({
      region: 'eu-central-1',
      eventBusName: 'kube-aws-iam-test',
      scope: { only: ['team-a', 'team-b'], except: ['team-c'] },
      port: ports?.[0]?.containerPort,
    });
    expect(volumeMounts?.map(({ mountPath }) => mountPath)).toContain(config.serviceAccountFolder);
  });

  it('has only environment variables of the contract and of AWS', async () => {
    const { eventBusName, namespaces, excludedNamespaces, healthFolder } = FORWARDER_ENVIRONMENT;
    const ofAws = ['AWS_REGION', 'AWS_EC2_METADATA_DISABLED', CREDENTIALS_FILE];
    expect(Object.keys(forwarderEnvironment(await renderChart())).sort()).toEqual(
      [eventBusName, namespaces, excludedNamespaces, healthFolder, ...ofAws].sort(),
    );
  });

  it('has probes that no client of its port can starve, and that its memory holds the files of', async () => {
    const manifests = await renderChart();
    const { livenessProbe, readinessProbe, volumeMounts } = forwarderContainer(manifests);
    for (const probe of [livenessProbe, readinessProbe]) {
      expect(Object.keys(probe ?? {}).sort()).toEqual(['exec', 'periodSeconds', 'timeoutSeconds']);
    }
    const folder = forwarderEnvironment(manifests)[FORWARDER_ENVIRONMENT.healthFolder];
    const mount = volumeMounts?.find(({ mountPath }) => mountPath === folder);
    expect(mount?.readOnly).toBeUndefined();
    const volume = forwarderPod(manifests).spec?.volumes?.find(({ name }) => name === mount?.name);
    expect(volume?.emptyDir).toEqual({ medium: 'Memory', sizeLimit: '1Mi' });
  });

  it('has a NetworkPolicy for the API server, AWS, DNS and its own port', async () => {
    const manifests = await renderChart();
    const { spec } = named(manifests, 'NetworkPolicy');
    expect(spec).toEqual({
      podSelector: { matchLabels: forwarderPod(manifests).metadata?.labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [tcp(forwarderContainer(manifests).ports?.[0]?.containerPort)] }],
      egress: [{ ports: [tcp(443)] }, { ports: [{ protocol: 'UDP', port: 53 }, tcp(53)] }],
    });
  });

  it('lets only those connect that the value metricsFrom names', async () => {
    const metricsFrom = [
      { namespaceSelector: { matchLabels: { team: 'monitoring' } }, podSelector: {} },
      { ipBlock: { cidr: '10.0.0.0/8' } },
    ];
    const { spec } = named(
      await renderChart({ 'forwarder.metricsFrom': metricsFrom }),
      'NetworkPolicy',
    );
    expect(spec).toMatchObject({ ingress: [{ _from: metricsFrom, ports: [tcp(8_080)] }] });
  });

  it('may reach the API server at other ports, and AWS at 443 in any case', async () => {
    const ports = [443, 6_443, 65_535];
    for (const apiServerPorts of [ports, ports.slice(1)]) {
      const manifests = await renderChart({ 'forwarder.apiServerPorts': apiServerPorts });
      expect(named(manifests, 'NetworkPolicy')['spec']).toMatchObject({
        egress: [{ ports: ports.map(tcp) }, {}],
      });
    }
  });

  it('may reach the Pod Identity Agent if it gets its credentials there', async () => {
    const agent = {
      to: [{ ipBlock: { cidr: '169.254.170.23/32' } }, { ipBlock: { cidr: 'fd00:ec2::23/128' } }],
      ports: [tcp(80)],
    };
    const policyWith = async (values: typeof IRSA | typeof POD_IDENTITY) =>
      named(await renderChart(values), 'NetworkPolicy');
    const permission = { spec: { egress: expect.arrayContaining([agent]) } };
    expect(await policyWith(POD_IDENTITY)).toMatchObject(permission);
    expect(await policyWith(IRSA)).not.toMatchObject(permission);
  });

  it('has no NetworkPolicy if the value says so', async () => {
    const kinds = (await renderChart({ 'forwarder.networkPolicy': false })).map(({ kind }) => kind);
    expect(kinds).not.toContain('NetworkPolicy');
  });

  it('runs an image by its digest, with the Node.js version that the tests run', async () => {
    const { image } = forwarderContainer(await renderChart());
    const [, version] =
      /\/node:([0-9.]+)-alpine[0-9.]+@sha256:[0-9a-f]{64}$/.exec(image ?? '') ?? [];
    expect(`v${version}`, image).toBe(process.version);
  });

  it('requests and limits memory and ephemeral storage', async () => {
    const { resources } = forwarderContainer(await renderChart());
    for (const name of ['memory', 'ephemeral-storage']) {
      expect(resources?.requests?.[name]).toMatch(/^\d+Mi$/);
      expect(resources?.limits?.[name]).toMatch(/^\d+Mi$/);
    }
  });

  it('requires the Secret of its role, at the mount path of all pods', async () => {
    const manifests = await renderChart();
    const { spec } = forwarderPod(manifests);
    const volume = spec?.volumes?.find(({ secret }) => secret !== undefined);
    expect(volume?.secret).toEqual({
      secretName: `${SECRET_NAME_PREFIX}kube-aws-iam-forwarder-eu-central-1-test`,
      defaultMode: 0o440,
    });
    expect(spec?.securityContext?.fsGroup).toBe(spec?.securityContext?.runAsGroup);
    expect(forwarderContainer(manifests).volumeMounts).toContainEqual({
      name: volume?.name,
      mountPath: MOUNT_PATH,
      readOnly: true,
    });
    expect(forwarderEnvironment(manifests)[CREDENTIALS_FILE]).toBe(
      `${MOUNT_PATH}/${SECRET_KEYS.process}`,
    );
  });

  it.each([
    ['IRSA', IRSA, { 'eks.amazonaws.com/role-arn': ROLE_ARN }],
    ['Pod Identity', POD_IDENTITY, undefined],
  ])('uses %s instead of a Secret', async (_, values, annotations) => {
    const manifests = await renderChart(values);
    expect(named(manifests, 'ServiceAccount').metadata.annotations).toEqual(annotations);
    expect(forwarderEnvironment(manifests)).not.toHaveProperty(CREDENTIALS_FILE);
    const { spec } = forwarderPod(manifests);
    expect(spec?.volumes?.map(({ name }) => name)).toEqual(['code', 'service-account', 'health']);
    expect(JSON.stringify(forwarderContainer(manifests))).not.toContain(MOUNT_PATH);
  });

  it('never uses the role of its node', async () => {
    for (const values of [{}, IRSA, POD_IDENTITY]) {
      const environment = forwarderEnvironment(await renderChart(values));
      expect(environment['AWS_EC2_METADATA_DISABLED']).toBe('true');
    }
  });

  it('is restarted by new code only', async () => {
    const podOf = async (code: string) => {
      const chart = makeChart(Buffer.from(code));
      return forwarderPod(await renderChart({}, chart));
    };
    expect(await podOf('one')).toEqual(await podOf('one'));
    const [one, other] = [await podOf('one'), await podOf('other')];
    expect(one.metadata?.annotations).not.toEqual(other.metadata?.annotations);
    expect(one.spec).toEqual(other.spec);
  });

  it('is scheduled as the values specify', async () => {
    const tolerations = [{ key: 'system', operator: 'Exists', effect: 'NoSchedule' }];
    const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' };
    const affinity = { nodeAffinity: {} };
    const { metadata, spec } = forwarderPod(
      await renderChart({
        'forwarder.tolerations': tolerations,
        'forwarder.affinity': affinity,
        'forwarder.nodeSelector.zone': 'a',
        'forwarder.topologySpreadConstraints': [spread],
        'forwarder.priorityClassName': 'system-cluster-critical',
        'forwarder.imagePullSecrets': [{ name: 'registry' }],
        'forwarder.podAnnotations': { 'prometheus.io/scrape': 'true' },
      }),
    );
    expect(spec).toMatchObject({
      tolerations,
      affinity,
      nodeSelector: { 'kubernetes.io/os': 'linux', zone: 'a' },
      topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: metadata?.labels } }],
      priorityClassName: 'system-cluster-critical',
      imagePullSecrets: [{ name: 'registry' }],
    });
    expect(metadata?.annotations).toMatchObject({ 'prometheus.io/scrape': 'true' });
  });

  it('is described in the notes of the chart', async () => {
    for (const [values, words] of [
      [{}, `${SECRET_NAME_PREFIX}kube-aws-iam-forwarder-eu-central-1-test`],
      [IRSA, ROLE_ARN],
      [POD_IDENTITY, 'Pod Identity'],
    ] as const) {
      const set = setting({ ...REQUIRED_VALUES, ...values });
      const notes = await helm('install', 'x', madeChart(), '--dry-run=client', ...set);
      expect(notes.slice(notes.indexOf('NOTES:'))).toContain(words);
    }
  });

  it('is missing in the sources of the chart, and the error explains how to build the chart', async () => {
    await expect(helm('template', 'x', CHART_FOLDER, ...setting(REQUIRED_VALUES))).rejects.toThrow(
      /build the chart with `npx kube-aws-iam manifests --chart FOLDER`, or let `cdk deploy`/,
    );
  });
});

describe('the value forwarder.region', () => {
  const pattern = new RegExp(schema.properties.forwarder.properties.region.pattern);

  it('accepts all regions known to CDK', () => {
    const unknown = RegionInfo.regions
      .map(({ name }) => name)
      .filter((name) => !pattern.test(name));
    expect(unknown).toEqual([]);
  });
});
