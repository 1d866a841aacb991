import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FORWARDER_SERVICE_ACCOUNT } from '../../../contract/forwarder.ts';
import { writeChart } from '../../../infra/chart/chart-files.ts';
import { FORWARDER_BOOT } from '../../../infra/chart/forwarder-bundle.ts';
import {
  CHART_FOLDER,
  madeChart,
  makeChart,
  manifestNamed,
  renderChart,
} from '../../support/helm.ts';
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
    expect(gunzipSync(readFileSync(join(madeChart(), CODE))).toString()).toContain('/readyz');
  });

  it('is reproducible', () => {
    const folder = temporaryFolder();
    writeChart(folder);
    expect(filesIn(folder)).toEqual(filesIn(madeChart()));
    writeChart(folder);
    expect(filesIn(folder)).toEqual(filesIn(madeChart()));
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
