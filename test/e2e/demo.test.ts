import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../tools/processes/end-with-parent.ts';
import { DEMO_LINES } from '../support/programs/demo-lines.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/kube-aws-iam.ts');

/** Runs the command without a terminal. */
const run = (...words: string[]) => runToEnd(process.execPath, [PROGRAM, ...words]);

describe('kube-aws-iam demo', () => {
  it('runs every step, prints plain lines and succeeds', async () => {
    const { stdout } = await run('demo');
    expect(stdout).not.toContain('\u001b');
    for (const line of DEMO_LINES) expect(stdout).toContain(line);
    expect(stdout).not.toMatch(/FAILED|ASIA[A-Z0-9]{8}/);
  });

  it('prints its help', async () => {
    expect((await run('demo', '--help')).stdout).toContain('Usage: kube-aws-iam demo');
  });

  it('rejects an unknown option with exit code 2', async () => {
    await expect(run('demo', '--bogus')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown option '--bogus'"),
    });
  });
});
