import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'kube-aws-iam.ts');

/** Runs the command line in a pipe. */
const run = (...words: string[]) => promisify(execFile)(process.execPath, [PROGRAM, ...words]);

describe('kube-aws-iam demo', () => {
  it('tells the whole story in plain lines, and succeeds', async () => {
    const { stdout } = await run('demo');
    expect(stdout).not.toContain('\u001b');
    for (const told of [
      'created shop/aws-iam-demo-orders for pod web',
      'failed shop/aws-iam-demo-locked for pod stuck: assume-role-denied',
      'refused bank/aws-iam-demo-orders for pod intruder: namespace-does-not-allow',
      'credentials.process: arn:aws:sts::123456789012:assumed-role/demo-orders/shop@demo',
      'renewed shop/aws-iam-demo-orders',
      'the same process, its first credentials long over: arn:aws:sts::123456789012:assumed-role/demo-orders/shop@demo',
      'removed shop/aws-iam-demo-orders',
      'the forwarder sees pod shop/search',
      'EventBridge has the event, and rule ',
      'created shop/aws-iam-demo-search for pod search',
      'pod shop/search is Running',
      'created shop/aws-iam-demo-basket for pod basket',
      'created shop/reports, until',
      'its status: Ready, the Secret holds credentials of arn:aws:iam::123456789012:role/team/Demo-Reports',
      'it is deleted, and its Secret with it',
      'runs of refresh and sweep, and pod events, none failed',
    ]) {
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
