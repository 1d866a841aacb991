import { gzipSync } from 'node:zlib';
import { loadAllYaml } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { refresherDeployment } from '../../../bin/in-cluster/refresher-deployment.ts';
import { refresherCode, writeChart } from '../../../infra/chart/chart-files.ts';
import { bundleRefresher, MAX_PART_BYTES } from '../../../infra/chart/refresher-bundle.ts';
import { helm, type Manifest, manifestNamed, setting } from '../../support/chart/helm.ts';
import { HELM, requires } from '../../support/requirements.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const VALUES = {
  'refresher.subject': {
    kind: 'ServiceAccount',
    name: 'kube-aws-iam-refresher',
    namespace: 'kube-aws-iam',
  },
  'refresher.deployment.enabled': true,
  'refresher.deployment.region': 'eu-central-1',
  'refresher.deployment.logGroupName': '/kube-aws-iam/test',
  'refresher.deployment.environment': { CLUSTER_NAME: 'test', EXTERNAL_ID: '' },
  'refresher.deployment.credentials': {
    source: 'secret',
    roleName: 'kube-aws-iam-eu-central-1-test',
  },
};
const OIDC = {
  source: 'oidc',
  roleArn: 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-test',
  sessionName: 'kube-aws-iam@test',
};

let bundle: ReturnType<typeof bundleRefresher> | undefined;
const parts = () => {
  bundle ??= bundleRefresher();
  return bundle.parts;
};

function chartWith(code: readonly Uint8Array[]): string {
  const folder = temporaryFolder();
  writeChart(folder, refresherCode(code));
  return folder;
}

async function render(
  values: object = {},
  code: readonly Uint8Array[] = [Buffer.from('code')],
): Promise<readonly Manifest[]> {
  const all = setting({ ...VALUES, ...values });
  const yaml = await helm('template', 'kube-aws-iam', chartWith(code), ...all);
  return loadAllYaml(yaml).filter((manifest) => manifest !== null);
}

interface PodSpec {
  readonly containers: readonly {
    readonly command: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly securityContext: object;
  }[];
  readonly volumes: readonly { readonly name: string; readonly [source: string]: unknown }[];
  readonly securityContext: object;
  readonly automountServiceAccountToken: boolean;
}

const REFRESHER = 'kube-aws-iam-refresher';
const templateIn = (manifests: readonly Manifest[]) =>
  (
    manifestNamed(manifests, 'Deployment', REFRESHER)['spec'] as {
      template: { spec: PodSpec; metadata: { annotations: Record<string, string> } };
    }
  ).template;

describe('the code of the refresher in the cluster', () => {
  it('fits into objects that `kubectl apply` accepts, and in a Helm release', {
    timeout: 60_000,
  }, () => {
    const sizes = parts().map(({ length }) => length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PART_BYTES);
    // The annotation contains the object as JSON, with the part as base64, and has 262,144 bytes.
    expect(Math.ceil(MAX_PART_BYTES / 3) * 4).toBeLessThan(262_144 - 10_000);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThan(370_000);
  });

  it('bundles without warnings, and without the generated Kubernetes client', () => {
    parts();
    expect(bundle?.warnings).toEqual([]);
    const inputs = Object.keys(bundle?.metafile.inputs ?? {});
    expect(inputs.filter((path) => path.includes('@kubernetes/client-node'))).toEqual([]);
    expect(inputs.filter((path) => path.includes('@aws-sdk/client-eks'))).toEqual([]);
  });
});

describe('the chart of a cluster in which the refresher runs', requires(HELM), () => {
  it('installs the refresher and no forwarder', async () => {
    const manifests = await render();
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names.filter((name) => name.includes('forwarder'))).toEqual([]);
    for (const name of [
      `Deployment ${REFRESHER}`,
      `ServiceAccount ${REFRESHER}`,
      `Lease ${REFRESHER}`,
      `NetworkPolicy ${REFRESHER}`,
      `ConfigMap ${REFRESHER}-code-0`,
    ]) {
      expect(names).toContain(name);
    }
  });

  it('is a Helm release that fits into a Secret', { timeout: 60_000 }, async () => {
    const chart = chartWith(parts());
    const manifest = await helm('template', 'kube-aws-iam', chart, ...setting(VALUES));
    const archive = await helm('package', chart, '--destination', temporaryFolder());
    expect(archive).toContain('Successfully packaged');
    // As Helm stores it: files of the chart and the manifest in JSON, with gzip and then base64 (storage/driver, `encodeRelease`).
    const files = parts().map((part) => Buffer.from(part).toString('base64'));
    const templates = manifest.replaceAll(/^ {2}refresher\.cjs\.br\.\d+: .*$/gm, '');
    const release = JSON.stringify({ files, templates: templates.repeat(2), manifest });
    const bytes = Math.ceil((gzipSync(release, { level: 9 }).length * 4) / 3);
    expect(bytes).toBeLessThan(1_000_000);
  });

  it('restricts the pod', async () => {
    const { spec } = templateIn(await render());
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65534 });
    expect(spec.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('joins all parts in order, and replaces the pods when one changes', async () => {
    const code = ['a', 'b', 'c'].map((text) => Buffer.from(text));
    const manifests = await render({}, code);
    const { spec, metadata } = templateIn(manifests);
    expect(spec.containers[0]?.command.slice(-3)).toEqual([
      '/app/refresher.cjs.br.0',
      '/app/refresher.cjs.br.1',
      '/app/refresher.cjs.br.2',
    ]);
    expect(manifestNamed(manifests, 'ConfigMap', `${REFRESHER}-code-1`)['binaryData']).toEqual({
      'refresher.cjs.br.1': Buffer.from('b').toString('base64'),
    });
    const hash = 'kube-aws-iam/code-sha256';
    const other = templateIn(await render({}, [...code.slice(0, 2), Buffer.from('d')]));
    expect(other.metadata.annotations[hash]).not.toBe(metadata.annotations[hash]);
  });

  it('passes the variables of the functions on, empty ones too, and never uses the role of the node', async () => {
    const { env } = templateIn(await render()).spec.containers[0] ?? { env: [] };
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'CLUSTER_NAME', value: 'test' },
        { name: 'EXTERNAL_ID', value: '' },
        { name: 'AWS_EC2_METADATA_DISABLED', value: 'true' },
        { name: 'AWS_SHARED_CREDENTIALS_FILE', value: '/meta/aws-iam/credentials.process' },
        { name: 'LOG_GROUP_NAME', value: '/kube-aws-iam/test' },
      ]),
    );
  });

  it.each(['$(POD_NAME)', '$$(POD_NAME)', '$$', '$', '{"a":"$(HEALTH_FOLDER) $$5 $6"}'])(
    'has a variable whose value the kubelet does not replace: %s',
    async (value) => {
      const manifests = await render({
        'refresher.deployment.environment': { EXTERNAL_ID: value },
      });
      const { env } = templateIn(manifests).spec.containers[0] ?? { env: [] };
      const { value: rendered = '' } = env.find(({ name }) => name === 'EXTERNAL_ID') ?? {};
      // Without any reference: each $ is escaped.
      expect(rendered.replaceAll('$$', '')).not.toContain('$');
      const deployment = manifestNamed(manifests, 'Deployment', REFRESHER);
      expect(refresherDeployment.parse(deployment).environment).toMatchObject({
        EXTERNAL_ID: value,
      });
    },
  );

  it('mounts its Secret, which must exist, or a token for STS', async () => {
    const secret = templateIn(await render()).spec.volumes.find(({ name }) => name === 'aws-iam');
    expect(secret?.['secret']).toEqual({
      secretName: 'aws-iam-kube-aws-iam-eu-central-1-test',
      defaultMode: 0o440,
    });
    const { spec } = templateIn(await render({ 'refresher.deployment.credentials': OIDC }));
    expect(spec.volumes.map(({ name }) => name)).not.toContain('aws-iam');
    expect(spec.volumes.find(({ name }) => name === 'sts-token')?.['projected']).toEqual({
      sources: [
        {
          serviceAccountToken: {
            audience: 'sts.amazonaws.com',
            expirationSeconds: 3600,
            path: 'token',
          },
        },
      ],
    });
  });

  it('allows it to read and patch its own Lease, and no others', async () => {
    const { rules } = manifestNamed(await render(), 'Role', `${REFRESHER}-lease`) as unknown as {
      rules: object[];
    };
    expect(rules).toEqual([
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: [REFRESHER],
        verbs: ['get', 'patch'],
      },
    ]);
  });

  it.each([
    ['refresher.subject', { kind: 'Group', name: 'kube-aws-iam:refreshers' }],
    ['refresher.deployment.region', 'here'],
    ['refresher.deployment.credentials', { source: 'secret' }],
    ['refresher.deployment.credentials', { source: 'oidc' }],
    ['refresher.deployment.credentials', { ...OIDC, roleName: 'both' }],
    ['refresher.deployment.environment', { lower: 'x' }],
    ['refresher.deployment.environment', { NAME: 1 }],
    ['refresher.deployment.replicas', -1],
    ['refresher.deployment.heapMegabytes', 16],
    ['refresher.deployment.apiServerPorts', []],
    ['refresher.deployment.unknown', true],
  ])('rejects %s=%j', async (path, value) => {
    await expect(render({ [path]: value })).rejects.toThrow(/values don't meet/);
  });

  it.each(['region', 'logGroupName', 'environment'])('requires %s', async (name) => {
    await expect(render({ [`refresher.deployment.${name}`]: null })).rejects.toThrow(
      new RegExp(name),
    );
  });
});
