import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createTerminal } from '../../../../tools/terminal/terminal.ts';

// The environment of the machine must not decide about colours.
beforeEach(() => {
  for (const name of ['FORCE_COLOR', 'CI', 'TEAMCITY_VERSION']) vi.stubEnv(name, undefined);
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm-256color');
});

/** Creates a terminal, or a pipe in its place, and reads what was written to it. */
function aTerminal({ isTTY = false, columns = 80 } = {}) {
  const stream = () =>
    Object.assign(new PassThrough(), {
      isTTY,
      columns,
      getColorDepth: WriteStream.prototype.getColorDepth,
    });
  const [out, err] = [stream(), stream()];
  const written = (one: PassThrough) => String(one.read() ?? '');
  return {
    terminal: createTerminal(
      out as unknown as NodeJS.WriteStream,
      err as unknown as NodeJS.WriteStream,
    ),
    out: () => written(out),
    err: () => written(err),
  };
}

describe('tables', () => {
  const table = {
    header: ['state', 'name'],
    rows: [
      [{ text: 'ok', style: 'green' as const }, 'one'],
      ['expired', 'two\u001b[2J'],
    ],
  };

  it('are plain, aligned lines in a pipe', () => {
    const { terminal, out } = aTerminal();
    terminal.table(table);
    expect(out()).toBe('state    name\nok       one\nexpired  two[2J\n');
  });

  it('have colours on a terminal', () => {
    const { terminal, out } = aTerminal({ isTTY: true });
    terminal.table(table);
    expect(out()).toBe(
      '\u001b[1mstate\u001b[22m    \u001b[1mname\u001b[22m\n\u001b[32mok\u001b[39m       one\nexpired  two[2J\n',
    );
  });

  it('print the last column below each row on a narrow terminal, wrapped at spaces', () => {
    const { terminal, out } = aTerminal({ isTTY: true, columns: 30 });
    vi.stubEnv('NO_COLOR', '1');
    const why = 'its namespace does not allow arn:aws:iam::123456789012:role/orders';
    terminal.table({ header: ['state', 'name', 'why'], rows: [['refused', 'one', why]] });
    expect(out().split('\n')).toEqual([
      'state    name',
      'refused  one',
      '    its namespace does not',
      '    allow',
      '    arn:aws:iam::123456789012:role/orders',
      '',
    ]);
  });

  it('shorten the longest names in the middle on a terminal too narrow for them', () => {
    const { terminal, out } = aTerminal({ isTTY: true, columns: 40 });
    vi.stubEnv('NO_COLOR', '1');
    const name = 'aws-iam-kube-aws-iam-forwarder-eu-central-1-production';
    terminal.table({ header: ['state', 'name', 'why'], rows: [['ok', name, 'it is valid']] });
    expect(out().split('\n')).toEqual([
      'state  name',
      'ok     aws-iam-kube-aws…ral-1-production',
      '    it is valid',
      '',
    ]);
  });

  it('keep one line a row in a pipe, whatever its length', () => {
    const { terminal, out } = aTerminal();
    terminal.table({ header: ['state', 'why'], rows: [['refused', 'word '.repeat(100)]] });
    expect(out().trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('lines', () => {
  it('have no colours when NO_COLOR is set', () => {
    vi.stubEnv('NO_COLOR', '1');
    const { terminal, out } = aTerminal({ isTTY: true });
    terminal.line({ text: 'red\u001b', style: 'red' });
    expect(out()).toBe('red\n');
  });

  it('go to standard output, and notes to standard error', async () => {
    const { terminal, out, err } = aTerminal();
    terminal.note('looking\u0007');
    terminal.json({ pods: 1 });
    expect(await terminal.withSpinner('Look', async () => 'seen')).toBe('seen');
    expect(out()).toBe('{\n  "pods": 1\n}\n');
    expect(err()).toBe('looking\n');
  });
});

it('shows no spinner on a terminal that reports zero columns', async () => {
  const { terminal, err } = aTerminal({ isTTY: true, columns: 0 });
  expect(await terminal.withSpinner('Look', async () => 'seen')).toBe('seen');
  expect(err()).toBe('');
});

describe('a step', () => {
  it('prints its title, its details and its duration as plain text in a pipe', async () => {
    const { terminal, out } = aTerminal();
    const result = await terminal.step('Count', async (print) => {
      print('one');
      return 1;
    });
    expect(result).toBe(1);
    expect(out()).toMatch(/^\.\.\. Count\n {6}one\nok {2}Count \(\d+\.\d s\)\n$/);
  });

  it('that fails is named, and rethrows the error', async () => {
    const { terminal, out } = aTerminal();
    const failing = terminal.step('Count', async () => {
      throw new Error('no numbers');
    });
    await expect(failing).rejects.toThrow('no numbers');
    expect(out()).toContain('FAILED Count');
  });
});
