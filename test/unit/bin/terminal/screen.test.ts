import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createScreen } from '../../../../bin/terminal/screen.ts';

// What the machine that runs this has of its own.
beforeEach(() => {
  for (const name of ['FORCE_COLOR', 'CI', 'TEAMCITY_VERSION']) vi.stubEnv(name, undefined);
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm-256color');
});

/** A screen on a pipe or a terminal, and what was written to it. */
function aScreen({ isTerminal = false, columns = 80 } = {}) {
  const stream = () =>
    Object.assign(new PassThrough(), {
      isTTY: isTerminal,
      columns,
      getColorDepth: WriteStream.prototype.getColorDepth,
    });
  const [out, err] = [stream(), stream()];
  const written = (one: PassThrough) => String(one.read() ?? '');
  return {
    screen: createScreen(
      out as unknown as NodeJS.WriteStream,
      err as unknown as NodeJS.WriteStream,
    ),
    out: () => written(out),
    err: () => written(err),
  };
}

describe('the screen', () => {
  const table = {
    header: ['state', 'name'],
    rows: [
      [{ text: 'ok', style: 'green' as const }, 'one'],
      ['expired', 'two\u001b[2J'],
    ],
  };

  it('in a pipe shows a table as plain, aligned lines', () => {
    const { screen, out } = aScreen();
    screen.table(table);
    expect(out()).toBe('state    name\nok       one\nexpired  two[2J\n');
  });

  it('on a terminal has colours', () => {
    const { screen, out } = aScreen({ isTerminal: true });
    screen.table(table);
    expect(out()).toBe(
      '\u001b[1mstate\u001b[22m    \u001b[1mname\u001b[22m\n\u001b[32mok\u001b[39m       one\nexpired  two[2J\n',
    );
  });

  it('on a terminal that is too narrow says the last column below each row, in whole words', () => {
    const { screen, out } = aScreen({ isTerminal: true, columns: 30 });
    vi.stubEnv('NO_COLOR', '1');
    const why = 'its namespace does not allow arn:aws:iam::123456789012:role/orders';
    screen.table({ header: ['state', 'name', 'why'], rows: [['refused', 'one', why]] });
    expect(out().split('\n')).toEqual([
      'state    name',
      'refused  one',
      '    its namespace does not',
      '    allow',
      '    arn:aws:iam::123456789012:role/orders',
      '',
    ]);
  });

  it('on a terminal that is too narrow for names cuts the longest in their middle', () => {
    const { screen, out } = aScreen({ isTerminal: true, columns: 40 });
    vi.stubEnv('NO_COLOR', '1');
    const name = 'aws-iam-kube-aws-iam-forwarder-eu-central-1-production';
    screen.table({ header: ['state', 'name', 'why'], rows: [['ok', name, 'it is there']] });
    expect(out().split('\n')).toEqual([
      'state  name',
      'ok     aws-iam-kube-aws…ral-1-production',
      '    it is there',
      '',
    ]);
  });

  it('in a pipe keeps a row in a line, however long it is', () => {
    const { screen, out } = aScreen();
    screen.table({ header: ['state', 'why'], rows: [['refused', 'word '.repeat(100)]] });
    expect(out().trimEnd().split('\n')).toHaveLength(2);
  });

  it('has none where NO_COLOR is set', () => {
    vi.stubEnv('NO_COLOR', '1');
    const { screen, out } = aScreen({ isTerminal: true });
    screen.line({ text: 'red\u001b', style: 'red' });
    expect(out()).toBe('red\n');
  });

  it('shows no progress on a terminal that is no column wide', async () => {
    const { screen, err } = aScreen({ isTerminal: true, columns: 0 });
    expect(await screen.during('Look', async () => 'seen')).toBe('seen');
    expect(err()).toBe('');
  });

  it('tells results and remarks apart', async () => {
    const { screen, out, err } = aScreen();
    screen.note('looking\u0007');
    screen.json({ pods: 1 });
    expect(await screen.during('Look', async () => 'seen')).toBe('seen');
    expect(out()).toBe('{\n  "pods": 1\n}\n');
    expect(err()).toBe('looking\n');
  });
});
