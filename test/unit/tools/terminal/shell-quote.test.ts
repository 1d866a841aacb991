import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { printable } from '../../../../tools/terminal/printable.ts';
import { quotePath, shellCommand, shellQuote } from '../../../../tools/terminal/shell-quote.ts';

const WORDS = [
  ...['plain', 'a/b.c-d_e=f,g@h:i+j', '', ' ', 'a b', "it's", "''", '"', '`id`', '$(id)', '$HOME'],
  ...['a;b', 'a&&b', 'a|b', 'a>b', '*', '?', '[a]', '{a,b}', '~', '#x', '!x', '\\', '\\n', 'a\\'],
  ...['%s', '100%', 'é', '日本', '😀', 'a\u00a0b', '-x', '--', '-n', '=x'],
  // Not printable.
  ...['a\nb', '\na', '\n\'"$(id)`id`\\%d', '-x\ny', '\t', 'a\tb', '\u001b[31mred', '\r', '\u0007'],
  ...['a\u202eb', '\u200b', '\u0085x', '%\n1', '\u00017', 'é\n\\101', '\u{e0001}x'],
];

describe('shellQuote', () => {
  it.each(WORDS)('is read as the same word by a shell: %j', (word) => {
    const command = `printf '%s' ${shellQuote(word)}`;
    expect(printable(command)).toBe(command);
    for (const shell of ['sh', 'bash']) {
      if (shell === 'bash' && !hasBash) continue;
      expect(execFileSync(shell, ['-c', command], { encoding: 'utf8' })).toBe(word);
    }
  });

  it('leaves ordinary words as they are', () => {
    expect(['prod', 'arn:aws:iam::1:role/a', '/tmp/x'].map(shellQuote)).toEqual([
      ...['prod', 'arn:aws:iam::1:role/a', '/tmp/x'],
    ]);
  });

  it('loses newlines at the end only', () => {
    expect(
      execFileSync('sh', ['-c', `printf '%s' ${shellQuote('a\nb\n')}`], { encoding: 'utf8' }),
    ).toBe('a\nb');
  });
});

it('shellCommand quotes each value', () => {
  const [pod, namespace] = ['a; curl x | sh', "it's"];
  expect(shellCommand`run: kubectl logs ${pod} --namespace ${namespace} --since=1h`).toBe(
    `run: kubectl logs 'a; curl x | sh' --namespace 'it'\\''s' --since=1h`,
  );
});

it.each([
  ['deploy/chart', 'deploy/chart'],
  ['-x', './-x'],
  ['--post-renderer=sh', './--post-renderer=sh'],
  ["-it's", "'./-it'\\''s'"],
])('quotePath(%j) is no option: %s', (path, quoted) => {
  expect(quotePath(path)).toBe(quoted);
});

const hasBash = (() => {
  try {
    execFileSync('bash', ['-c', 'true']);
    return true;
  } catch {
    return false;
  }
})();
