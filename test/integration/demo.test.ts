import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DEMO_LINES } from '../support/demo-lines.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/kube-aws-iam.ts');

/** Runs the command line in a pipe. */
const run = (...words: string[]) => promisify(execFile)(process.execPath, [PROGRAM, ...words]);

describe('kube-aws-iam demo', () => {
  it('tells the whole story in plain lines, and succeeds', async () => {
    const { stdout } = await run('demo');
    expect(stdout).not.toContain('\u001b');
    for (const told of DEMO_LINES) {
      expect(stdout).toContain(told);
    }
    expect(stdout).not.toMatch(/FAILED|ASIA[A-Z0-9]{8}/);
  });

  it('says what it does when it is asked', async () => {
    expect((await run('demo', '--help')).stdout).toContain('Usage: kube-aws-iam demo');
  });

  it('refuses what it does not know, with an exit code', async () => {
    await expect(run('demo', '--bogus')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown option '--bogus'"),
    });
  });
});
