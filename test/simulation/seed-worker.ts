import { runSeed, type SeedInput } from './run-seed.ts';

// Simulates one seed per message of the parent.
process.on('message', async (input: SeedInput) => {
  const result = await runSeed(input);
  // The parent may have ended meanwhile.
  process.send?.(result, undefined, undefined, () => undefined);
});
