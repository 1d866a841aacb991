import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FORWARDER_SERVICE_ACCOUNT } from '../../../contract/forwarder.ts';
import { setDefaults, writeChart, writeClusterChart } from '../../../infra/chart/chart-files.ts';
import { chartValues } from '../../../infra/chart/chart-values.ts';
import { FORWARDER_BOOT } from '../../../infra/chart/forwarder-bundle.ts';
import { readClusterSettings } from '../../../infra/settings/read-cluster-settings.ts';
import {
  CHART_FOLDER,
  helm,
  madeChart,
  makeChart,
  manifestNamed,
  renderChart,
  setting,
} from '../../support/chart/helm.ts';
import { HELM, requires } from '../../support/requirements.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const CODE = 'files/forwarder.cjs.gz';
const BOOT = 'files/boot.cjs';
/** Maximum size of all annotations of an object, in bytes (Kubernetes). */
const MAX_ANNOTATION_BYTES = 262_144;
/** The annotation in which `kubectl apply` stores the object. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Reserved for other annotations, such as those of a GitOps tool, in bytes. */
const RESERVED_BYTES = 16_384;
/** Maximum size of the forwarder's gzipped code, in bytes. */
const MAX_CODE_BYTES = 180_000;

function filesIn(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path).toString('base64')];
    }),
  );
}

/** Size of the annotation that `kubectl apply` adds to the ConfigMap with the code, in bytes. */
async function appliedSize(chart: string): Promise<number> {
  const manifests = await renderChart({}, chart);
  const map = manifestNamed(manifests, 'ConfigMap', FORWARDER_SERVICE_ACCOUNT);
  const applied = { ...map, metadata: { annotations: {}, ...map.metadata } };
  return LAST_APPLIED.length + Buffer.byteLength(`${JSON.stringify(applied)}\n`);
}

describe('writeChart', () => {
  it('writes the sources, the forwarder and its loader', () => {
    const made = filesIn(madeChart());
    const sources = filesIn(CHART_FOLDER);
    expect(Object.keys(made).sort()).toEqual([...Object.keys(sources), CODE, BOOT].sort());
    expect(made).toMatchObject(sources);
    expect(readFileSync(join(madeChart(), BOOT), 'utf8')).toBe(FORWARDER_BOOT);
    expect(gunzipSync(readFileSync(join(madeChart(), CODE))).toString()).toContain('/metrics');
  });

  it('is reproducible', () => {
    const folder = temporaryFolder();
    writeChart(folder);
    expect(filesIn(folder)).toEqual(filesIn(madeChart()));
    writeChart(folder);
    expect(filesIn(folder)).toEqual(filesIn(madeChart()));
  });
});

describe('setDefaults', () => {
  const TEXT = [
    '# Comment',
    'list: []',
    '',
    'one:',
    '  # key:',
    '  #   key: x',
    'two:',
    '  key: 1',
  ];
  const set = (values: object) => setDefaults(TEXT.join('\n'), values).split('\n');

  it.each<[string, object, number, string]>([
    ['a list', { list: ['a', 'b: c'] }, 1, 'list: ["a","b: c"]'],
    ['a key without a default', { one: { key: "it's" } }, 4, '  key: "it\'s"'],
    ['a key with a default', { two: { key: { a: 'b' } } }, 7, '  key: {"a":"b"}'],
  ])('sets %s, and keeps the rest', (_, values, line, expected) => {
    expect(set(values)).toEqual(TEXT.with(line, expected));
  });

  it.each([{ three: 1 }, { key: 1 }, { one: { other: 1 } }, { two: { list: [] } }])(
    'throws for a key that the text does not have: %j',
    (values) => {
      expect(() => set(values)).toThrow(/^values.yaml has no key "(three|key|other|list)"$/);
    },
  );
});

describe('writeClusterChart', requires(HELM), () => {
  const CLUSTER = { clusterName: 'prod', region: 'eu-central-1', assumableRoles: ['app-*'] };
  const ROLES = 'arn:aws:iam::123456789012:role/';

  it.each<[string, object]>([
    ['the required settings', {}],
    ['namespaces', { namespaces: ['shop', 'team'], excludedNamespaces: ['kube-system'] }],
    ['pod injection', { podInjection: true }],
    ['IRSA', { forwarderCredentials: { source: 'irsa', roleArn: `${ROLES}forwarder` } }],
    [
      'EKS Pod Identity',
      { forwarderCredentials: { source: 'podIdentity', roleArn: `${ROLES}forwarder` } },
    ],
  ])('writes a chart that needs no other values, with %s', async (_, settings) => {
    const [cluster] = readClusterSettings({ clusters: [{ ...CLUSTER, ...settings }] });
    if (cluster === undefined) throw new Error('no cluster');
    const values = chartValues(cluster, 'eu-central-1', ROLES);
    const folder = temporaryFolder();
    writeClusterChart(folder, values);
    expect(await helm('lint', '--strict', folder)).toContain('0 chart(s) failed');
    const onCommandLine = await helm('template', 'x', madeChart(), ...setting(values));
    expect(await helm('template', 'x', folder)).toBe(onCommandLine);
    const comments = (file: string) => readFileSync(file, 'utf8').match(/^ *# [A-Z].*$/gm);
    expect(comments(join(folder, 'values.yaml'))).toEqual(
      comments(join(CHART_FOLDER, 'values.yaml')),
    );
  });
});

describe('the code in the chart', requires(HELM), () => {
  it('is the file, byte for byte', async () => {
    const code = randomBytes(1_000);
    const map = manifestNamed(
      await renderChart({}, makeChart(code)),
      'ConfigMap',
      FORWARDER_SERVICE_ACCOUNT,
    );
    expect(map['binaryData']).toEqual({ 'forwarder.cjs.gz': code.toString('base64') });
  });

  it('does not exceed its maximum size', () => {
    expect(readFileSync(join(madeChart(), CODE)).byteLength).toBeLessThan(MAX_CODE_BYTES);
  });

  it('fits the annotation of `kubectl apply`, with space for other annotations', async () => {
    const largest = makeChart(randomBytes(MAX_CODE_BYTES));
    expect(await appliedSize(largest)).toBeLessThan(MAX_ANNOTATION_BYTES - RESERVED_BYTES);
    expect(await appliedSize(madeChart())).toBeLessThan(MAX_ANNOTATION_BYTES - RESERVED_BYTES);
  });
});
