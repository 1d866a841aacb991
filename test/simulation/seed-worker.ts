import { runSeed, type SeedInput } from './run-seed.ts';

// One seed after another, as the parent asks for them.
process.on('message', async (input: SeedInput) => {
  process.send?.(await runSeed(input));
});
