import { runSeed, type SeedInput } from './run-seed.ts';

// Simulates one seed per message of the parent.
process.on('message', async (input: SeedInput) => {
  process.send?.(await runSeed(input));
});
