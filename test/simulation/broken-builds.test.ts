import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Invariant } from '../invariants/facts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { BrokenBuild, Discovery } from './broken-build.ts';
import { runSeed, type SeedInput } from './run-seed.ts';

interface Mistake extends BrokenBuild {
  /** What the broken product does. */
  readonly mistake: string;
  /** What it is to be found out by; of several, the seed decides which comes first. */
  readonly foundOutBy: readonly Invariant[];
}

// The seeds are the first that show the mistake, to be quick; where worlds have become others, the next ones are looked through too.
const MISTAKES: readonly Mistake[] = [
  {
    mistake: 'removes a Secret at the sweep after its mark',
    lines: [
      {
        file: 'lambda/decide/plan-sweep.ts',
        text: 'ageSeconds < GRACE_SECONDS',
        instead: 'ageSeconds < 0',
      },
    ],
    lookIn: { seed: 1 },
    foundOutBy: ['removed-early'],
  },
  {
    mistake: 'renews two minutes before the end',
    lines: [
      {
        file: 'lambda/decide/secret-state.ts',
        text: 'const seconds = refreshBeforeOf(secret, refreshBeforeSeconds) + jitterSeconds;',
        instead: 'const seconds = 120;',
      },
    ],
    lookIn: { seed: 4 },
    foundOutBy: ['in-use-expired'],
  },
  {
    mistake: 'gives one session to two namespaces',
    lines: [
      {
        file: 'lambda/act/sessions/shared-sessions.ts',
        text: 'const { namespace, roleArn, sessionSeconds } = request;',
        instead: "const { namespace, roleArn, sessionSeconds } = { ...request, namespace: 'all' };",
      },
    ],
    lookIn: { seed: 2 },
    foundOutBy: ['crossed-namespaces'],
  },
  {
    mistake: 'takes the pages before one that failed for the whole list',
    lines: [
      {
        file: 'kubernetes/lists/list-pages.ts',
        text: "return { items, seen, failure: listingCutShort({ ...request, verb: 'list' }, seen, error) };",
        instead: 'return { items, seen };',
      },
    ],
    lookIn: { seed: 4 },
    foundOutBy: ['in-use-marked', 'in-use-deleted'],
  },
  {
    mistake: 'renews what is no longer allowed',
    lines: [
      {
        file: 'lambda/decide/plan-secret.ts',
        text: "if (verdict.kind === 'allowed') return { ...subject, action: 'renew', secret };",
        instead: "if (verdict.kind !== 'unknown') return { ...subject, action: 'renew', secret };",
      },
    ],
    lookIn: { seed: 1 },
    foundOutBy: ['not-allowed'],
  },
  {
    mistake: 'gives a role that the stack denies',
    lines: [
      {
        file: 'lambda/decide/guard.ts',
        text: 'const isDenied = policy.deniedRoles.some(',
        instead: 'const isDenied = policy.deniedRoles.slice(1).some(',
      },
    ],
    lookIn: { seed: 2 },
    foundOutBy: ['not-allowed'],
  },
  {
    mistake: 'sweeps with a list of pods that did not arrive whole',
    lines: [
      {
        file: 'lambda/decide/plan-sweep.ts',
        text: 'view.pods.failure === undefined && ',
        instead: '',
      },
    ],
    lookIn: { seed: 4 },
    foundOutBy: ['in-use-marked'],
  },
  {
    mistake: 'sweeps with pending pods alone',
    lines: [
      {
        file: 'lambda/observe/pods.ts',
        text: "live: 'status.phase!=Succeeded,status.phase!=Failed'",
        instead: "live: 'status.phase=Pending'",
      },
    ],
    lookIn: { seed: 1 },
    foundOutBy: ['in-use-marked'],
  },
  {
    mistake: 'goes on with a removal although the Secret is wanted again',
    lines: [
      {
        file: 'lambda/decide/plan-sweep.ts',
        text: 'request === undefined && isWhole',
        instead:
          '(request === undefined || unusedSince(secret, context.now) !== undefined) && isWhole',
      },
      {
        file: 'lambda/act/secrets/remove-secret.ts',
        text: 'secretNames.includes(item.name)',
        instead: 'secretNames.length === 0',
      },
    ],
    lookIn: { seed: 1 },
    foundOutBy: ['in-use-deleted'],
  },
  {
    mistake: 'leaves the mark on what is wanted again',
    lines: [
      {
        file: 'lambda/decide/plan-secret.ts',
        text: 'if (isWanted && isMarked(secret) && !isRevoked) return',
        instead: 'if (isMarked(secret) && isRevoked) return',
      },
    ],
    lookIn: { seed: 2 },
    foundOutBy: ['not-finished'],
  },
  {
    mistake: 'believes that credentials last for ever',
    lines: [
      {
        file: 'lambda/decide/secret-state.ts',
        text: 'expiresAt.getTime() <= latest ?',
        instead: 'latest > 0 ?',
      },
    ],
    lookIn: { seed: 6 },
    foundOutBy: ['in-use-expired'],
  },
  {
    mistake: 'takes what belongs to another object for its own',
    lines: [
      {
        file: 'lambda/decide/secret-state.ts',
        text: 'if (!isLabelled || isOfAnother || ',
        instead: 'if (!isLabelled || ',
      },
    ],
    lookIn: { seed: 1 },
    foundOutBy: ['foreign-touched', 'crossed-namespaces'],
  },
  {
    mistake: 'does not follow an AWSIAMRole that was changed',
    lines: [
      {
        file: 'lambda/decide/plan-awsiamrole.ts',
        text: 'generationOf(secret) !== awsIamRole.generation;',
        instead: 'generationOf(secret) === undefined;',
      },
    ],
    lookIn: { rival: 'another refresh begins' },
    foundOutBy: ['wanted-not-given'],
  },
  {
    mistake: 'never again tries a role that was denied once',
    lines: [
      {
        file: 'lambda/act/back-off.ts',
        text: 'now.getTime() < entry.retryAt ?',
        instead: 'now !== undefined ?',
      },
    ],
    lookIn: { seed: 1 },
    foundOutBy: ['in-use-expired', 'wanted-not-given'],
  },
  {
    mistake: 'makes a Secret without an end',
    lines: [
      {
        file: 'lambda/act/secrets/render-secret.ts',
        text: '[EXPIRES_AT_ANNOTATION]: expire, ',
        instead: '',
      },
    ],
    lookIn: { seed: 2 },
    foundOutBy: ['in-use-expired'],
  },
  {
    mistake: 'removes whatever has the name by then',
    lines: [
      {
        file: 'lambda/act/secrets/typed-secret-api.ts',
        text: 'body: { preconditions: { uid, resourceVersion } },',
        instead: 'body: {},',
      },
    ],
    lookIn: {
      rival: 'somebody puts a Secret of their own in the place of what is being removed',
    },
    foundOutBy: ['foreign-touched'],
  },
  {
    mistake: 'removes what was changed since it was read',
    lines: [
      {
        file: 'lambda/act/secrets/typed-secret-api.ts',
        text: 'preconditions: { uid, resourceVersion }',
        instead: 'preconditions: { uid }',
      },
    ],
    lookIn: { rival: 'somebody takes the label off what is being removed' },
    foundOutBy: ['foreign-touched'],
  },
  {
    mistake: 'renews whatever has the name by then',
    lines: [
      {
        file: 'lambda/act/secrets/typed-secret-api.ts',
        text: 'metadata: { uid, resourceVersion, annotations,',
        instead: 'metadata: { annotations,',
      },
    ],
    lookIn: { rival: 'somebody puts a Secret of their own in the place of one that is due' },
    foundOutBy: ['foreign-touched'],
  },
  {
    mistake: 'writes over a Secret that has the name of a missing one',
    lines: [
      {
        file: 'lambda/act/secrets/issue-credentials.ts',
        text: 'if (!isOwn(item, present)) {',
        instead: 'if (present === item) {',
      },
    ],
    lookIn: { rival: 'somebody makes a Secret of their own where one is missing' },
    foundOutBy: ['foreign-touched'],
  },
];

/** Each is a process that takes seconds, and more on a machine that is busy. */
const LIMIT_MILLISECONDS = 300_000;

describe('the simulation', { timeout: LIMIT_MILLISECONDS }, () => {
  it.concurrent.each(MISTAKES)('finds out a product that $mistake', async (mistake) => {
    const discovery = await simulate(mistake);
    expect(mistake.foundOutBy).toContain(discovery?.violations[0]?.invariant);
    const { world } = discovery ?? {};
    // It is the mistake that was found out, and not a world in which anything would have been.
    if (world !== undefined) expect(await violationsOf(world)).toEqual([]);
  });

  it.concurrent('does not take for broken what it could not break', async () => {
    const file = 'lambda/decide/plan-sweep.ts';
    const lines = [{ file, text: 'no line of it', instead: '' }];
    await expect(simulate({ lines, lookIn: { seed: 1 } })).rejects.toThrow(
      `${file} has 0 times, and not once: no line of it`,
    );
  });
});

const CACHE = temporaryFolder();
const BROKEN_BUILD = fileURLToPath(new URL('broken-build.ts', import.meta.url));

async function simulate({ lines, lookIn }: BrokenBuild): Promise<Discovery | null> {
  const run = promisify(execFile);
  const argument = JSON.stringify({ lines, lookIn });
  // It is not a test itself. What one has compiled is compiled for all.
  const { VITEST: _, ...inherited } = process.env;
  const env = { ...inherited, NODE_COMPILE_CACHE: CACHE };
  const { stdout } = await run(process.execPath, [BROKEN_BUILD, argument], { env });
  return JSON.parse(stdout);
}

/** What is wrong in a world with the product as it is; several mistakes are found out in one world. */
const known = new Map<number, ReturnType<typeof runSeed>>();
async function violationsOf(world: SeedInput) {
  const running = known.get(world.seed) ?? runSeed(world);
  known.set(world.seed, running);
  return (await running).violations;
}
