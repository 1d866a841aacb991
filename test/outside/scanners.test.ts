import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderYaml } from '../support/chart/helm.ts';
import { combinedClusters } from '../support/deployment/setting-combinations.ts';
import { appOf } from '../support/deployment/synthesize.ts';
import { buildProgram } from '../support/programs/compiled-program.ts';
import { HELM, requires } from '../support/requirements.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BUILD_TIMEOUT_MS } from './judge.ts';
import { ACCEPTED_FINDINGS } from './scanners/accepted-findings.ts';
import { compareWithAccepted } from './scanners/compare.ts';
import type { ScannerName } from './scanners/finding.ts';
import { SCANNERS, type Scanned } from './scanners/scanners.ts';

/** The values of the charts that are scanned. */
const CHARTS: Readonly<Record<string, object>> = {
  default: {},
  injection: {
    namespaces: ['team-a', 'kube-aws-iam'],
    'injection.enabled': true,
    'injection.baseRoleArn': 'arn:aws:iam::123456789012:role/',
  },
  irsa: {
    'forwarder.credentials': {
      source: 'irsa',
      roleArn: 'arn:aws:iam::123456789012:role/forwarder',
    },
    'forwarder.replicas': 2,
  },
  'pod-identity': { 'forwarder.credentials': { source: 'podIdentity' } },
};

/** The templates of all combinations of settings, and the rendered charts. */
async function whatIsScanned(): Promise<Scanned> {
  const app = appOf(...combinedClusters());
  const { directory } = app.synth();
  const folder = temporaryFolder();
  const [templates, charts] = [join(folder, 'templates'), join(folder, 'charts')];
  mkdirSync(templates);
  mkdirSync(charts);
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.template.json'))) {
    copyFileSync(join(directory, file), join(templates, file));
  }
  for (const [name, values] of Object.entries(CHARTS)) {
    writeFileSync(join(charts, `${name}.yaml`), await renderYaml(values));
  }
  return { app, folder, templates, charts };
}

describe('scanners', requires(HELM), () => {
  let scanned: Scanned;
  beforeAll(async () => {
    scanned = await whatIsScanned();
  });

  const names = Object.keys(SCANNERS) as ScannerName[];
  for (const name of names) {
    const { requirements, program, scan } = SCANNERS[name];
    it(`${name}: each finding has a reason, and each reason a finding`, {
      ...requires(...requirements),
      timeout: BUILD_TIMEOUT_MS,
    }, async () => {
      if (program) buildProgram(program);
      const comparison = compareWithAccepted(name, await scan(scanned));
      expect(comparison).toEqual({ withoutReason: [], notFound: [] });
    });
  }
});

describe('the comparison with accepted findings', () => {
  const topics = [{ title: 'x', reason: 'y', rules: { checkov: { A: ['One', 'Two*'] } } }] as const;
  const compare = (...findings: { rule: string; resource: string }[]) =>
    compareWithAccepted('checkov', findings, topics);

  it('reports nothing if each finding is accepted and each accepted one found', () => {
    const comparison = compare({ rule: 'A', resource: 'One' }, { rule: 'A', resource: 'Two3' });
    expect(comparison).toEqual({ withoutReason: [], notFound: [] });
  });

  it('reports findings in other resources and of other rules', () => {
    const { withoutReason } = compare(
      { rule: 'A', resource: 'One1' },
      { rule: 'B', resource: 'One' },
    );
    expect(withoutReason).toEqual(['A One1', 'B One']);
  });

  it('reports accepted ones that are not found', () => {
    expect(compare({ rule: 'A', resource: 'One' }).notFound).toEqual(['A Two*']);
  });

  it('covers every scanner', () => {
    const used = new Set(ACCEPTED_FINDINGS.flatMap(({ rules }) => Object.keys(rules)));
    expect([...used].sort()).toEqual(Object.keys(SCANNERS).sort());
  });
});
