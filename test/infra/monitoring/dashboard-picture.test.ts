import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Assembly, loadAssembly, resourcesOf } from '../../../local/assembly/assembly.ts';
import { synthesize } from '../../../local/synthesize.ts';
import { drawSampleDashboard } from '../../../tools/dashboard/sample/sample-dashboard.ts';
import { synthesizedPicture } from '../../../tools/dashboard/sample/synthesized-picture.ts';
import { readWidgets } from '../../../tools/dashboard/widget.ts';
import { CLUSTER, ENVIRONMENT_OF_STACK } from '../../support/deployment/synthesize.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const FILE = join(import.meta.dirname, '../../../docs/images/dashboard.svg');

describe('the picture of the dashboard', () => {
  let drawn = '';
  let assembly: Assembly;

  beforeAll(async () => {
    drawn = await synthesizedPicture();
    const folder = temporaryFolder();
    await synthesize(folder, [{ ...CLUSTER, ...ENVIRONMENT_OF_STACK }]);
    assembly = loadAssembly(folder, { ...ENVIRONMENT_OF_STACK, partition: 'aws' });
  });

  it('is committed', () => {
    const committed = readFileSync(FILE, 'utf8');
    // The difference of the files would be too long to read.
    expect(committed === drawn, 'stale: run `npm run picture:dashboard`').toBe(true);
  });

  it('is the same each time', async () => {
    const again = await drawSampleDashboard(assembly);
    expect(again === drawn).toBe(true);
  });

  it('has every widget of the stack, by its title', () => {
    const widgets = readWidgets(resourcesOf(assembly, 'dashboard')[0]?.widgets ?? []);
    const titles = widgets.flatMap((one) => (one.type === 'text' ? [] : [one.properties.title]));
    expect(titles.length).toBeGreaterThan(10);
    for (const title of titles) expect(drawn).toContain(`>${title}</text>`);
  });

  it('has every alarm of the stack, one of them in alarm', () => {
    for (const { name } of resourcesOf(assembly, 'metric-alarm')) {
      expect(drawn).toContain(`>${name.replace(/^.*-(page|ticket)-/, '')}</text>`);
    }
    expect(drawn.match(/>In alarm · ticket</g)).toHaveLength(1);
    expect(drawn).not.toContain('In alarm · page');
    expect(drawn).not.toContain('Insufficient data');
  });
});
