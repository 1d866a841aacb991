import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { canRunLayerBinaries, layerBinary } from '../../../../tools/helm/layer-binary.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

it.skipIf(!canRunLayerBinaries())(
  'extracts a binary once for concurrent calls, each of which can run it at once',
  async () => {
    const folder = temporaryFolder();
    const run = async () => {
      const { status, error } = spawnSync(await layerBinary('helm', folder), ['version']);
      return { status, error };
    };
    const results = await Promise.all(Array.from({ length: 5 }, run));
    expect(results).toEqual(results.map(() => ({ status: 0, error: undefined })));
    expect(readdirSync(folder)).toHaveLength(1);
  },
);
