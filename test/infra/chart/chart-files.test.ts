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
  helmAvailable,
  madeChart,
  makeChart,
  manifestNamed,
  renderChart,
} from '../../support/helm.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const CODE = 'files/forwarder.cjs.gz';
const BOOT = 'files/boot.cjs';
/** What Kubernetes allows all annotations of an object together. */
const ANNOTATIONS_LIMIT = 262_144;
/** Where `kubectl apply` keeps the object. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** What is left for annotations of others, such as the tracking of a GitOps tool. */
const ROOM = 16_384;
/** The most that the forwarder may have, gzipped (design.md 19). */
const MOST_CODE = 180_000;

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

/** Bytes of annotation that `kubectl apply` makes of the ConfigMap with the code. */
async function appliedSize(chart: string): Promise<number> {
  const manifests = await renderChart({}, chart);
  const map = manifestNamed(manifests, 'ConfigMap', FORWARDER_SERVICE_ACCOUNT);
  const applied = { ...map, metadata: { annotations: {}, ...map.metadata } };
  return LAST_APPLIED.length + Buffer.byteLength(`${JSON.stringify(applied)}\n`);
}

describe('the chart that is made', () => {
  it('is its sources, the forwarder and what loads it', () => {
    const made = filesIn(madeChart());
    const sources = filesIn(CHART_FOLDER);
    expect(Object.keys(made).sort()).toEqual([...Object.keys(sources), CODE, BOOT].sort());
    expect(made).toMatchObject(sources);
    expect(readFileSync(join(madeChart(), BOOT), 'utf8')).toBe(FORWARDER_BOOT);
    expect(gunzipSync(readFileSync(join(madeChart(), CODE))).toString()).toContain('/readyz');
  });

  it('has the same bytes each time', () => {
    const folder = temporaryFolder();
    writeChart(folder);
    expect(filesIn(folder)).toEqual(filesIn(madeChart()));
    writeChart(folder);
    expect(filesIn(folder)).toEqual(filesIn(madeChart()));
  });
});

describe.runIf(helmAvailable())('the code in the chart', () => {
  it('is the file, byte by byte', async () => {
    const code = randomBytes(1_000);
    const map = manifestNamed(
      await renderChart({}, makeChart(code)),
      'ConfigMap',
      FORWARDER_SERVICE_ACCOUNT,
    );
    expect(map['binaryData']).toEqual({ 'forwarder.cjs.gz': code.toString('base64') });
  });

  it('is not more than the forwarder may have', () => {
    expect(readFileSync(join(madeChart(), CODE)).byteLength).toBeLessThan(MOST_CODE);
  });

  it('fits into what `kubectl apply` keeps of an object, with room for other annotations', async () => {
    const largest = makeChart(randomBytes(MOST_CODE));
    expect(await appliedSize(largest)).toBeLessThan(ANNOTATIONS_LIMIT - ROOM);
    expect(await appliedSize(madeChart())).toBeLessThan(ANNOTATIONS_LIMIT - ROOM);
  });
});
