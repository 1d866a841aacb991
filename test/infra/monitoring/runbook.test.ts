import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alarmsOf } from '../../support/graphed-metrics.ts';
import { templateOf } from '../../support/synthesize.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const RUNBOOK = readFileSync(join(DOCS, 'runbook.md'), 'utf8');

/** What stands under each heading of the third level, by the heading. */
const SECTIONS: ReadonlyMap<string, string> = new Map(
  RUNBOOK.split(/^(?=##)/m).flatMap((section) => {
    const [, heading] = /^### (.+)$/m.exec(section) ?? [];
    return heading === undefined ? [] : [[heading, section]];
  }),
);

/** Anchors as GitHub makes them of headings. */
const ANCHORS: readonly string[] = [...RUNBOOK.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-'),
);

describe('the runbook', () => {
  const template = templateOf();
  const composites = Object.values(template.findResources('AWS::CloudWatch::CompositeAlarm'));
  const names = [
    ...alarmsOf(template).map(({ AlarmName }) => AlarmName),
    ...composites.map(({ Properties }) => String(Properties.AlarmName)),
  ];
  const ids = names.map((name) => name.replace(/^kube-aws-iam-production-(page|ticket)-/, ''));

  it('has a heading for each alarm, and none for others', () => {
    expect([...SECTIONS.keys()].toSorted()).toEqual(ids.toSorted());
  });

  it.each(ids)('says of %s what it means, what happens, what to run and what to change', (id) => {
    expect(ANCHORS).toContain(id);
    expect(SECTIONS.get(id)?.match(/^\*\*\w+\.\*\*/gm)).toEqual([
      '**Meaning.**',
      '**Impact.**',
      '**Run.**',
      '**Change.**',
    ]);
  });

  it('tells pages from tickets as the names do', () => {
    const [pages = '', tickets = ''] = RUNBOOK.split('## Alarms that make tickets');
    for (const name of names) {
      const heading = `### ${name.replace(/^.*-(page|ticket)-/, '')}\n`;
      expect(name.includes('-page-') ? pages : tickets).toContain(heading);
    }
  });

  it('has links that lead somewhere', () => {
    const links = [...RUNBOOK.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      const [file, anchor] = link.split('#');
      if (file === '') expect(ANCHORS).toContain(anchor);
      else expect([link, existsSync(join(DOCS, file ?? ''))]).toEqual([link, true]);
    }
  });
});
