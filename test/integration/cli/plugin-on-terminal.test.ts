import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MovableClock } from '../../../local/clock.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../local/kubernetes/embedded-cluster.ts';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';
import { shellQuote } from '../../../tools/terminal/shell-quote.ts';
import { bundledProgram } from '../../support/programs/bundled-program.ts';
import { execUser, kubeconfigFile, printsCredential } from '../../support/programs/kubeconfig.ts';
import { requires, SCRIPT } from '../../support/requirements.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let cluster: EmbeddedCluster;
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ clock: new MovableClock() });
});
afterAll(() => cluster.stop());

/** Asks for a token, as a plugin asks for the code of a second factor. */
const ASKS = `printf 'Token: ' >&2\nread TOKEN || exit 1\n${printsCredential({ token: '$TOKEN' }).replace("'EOF'", 'EOF')}`;

/**
 * Runs `status` on a terminal with a credential plugin, and types the token of an admin when it asks for one.
 *
 * @returns what the terminal shows
 */
async function statusOnTerminal(interactiveMode: string): Promise<string> {
  const cwd = temporaryFolder();
  const settings = { clusterName: 'prod', account: '123456789012', region: 'eu-central-1' };
  const clusters = [{ ...settings, assumableRoles: ['app-*'] }];
  writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ context: { clusters } }));
  const { url, caPem } = cluster;
  const KUBECONFIG = kubeconfigFile({ url, caPem, user: execUser(ASKS, { interactiveMode }) });
  const program = [process.execPath, await bundledProgram(), 'status'].map(shellQuote).join(' ');
  const onTerminal = `stty cols 200; ${program}`;
  const env = { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm', NO_COLOR: '1', KUBECONFIG };
  const child = endWithParent(() =>
    spawn('script', ['-qfec', onTerminal, '/dev/null'], { cwd, env }),
  );
  // A plugin that may not ask has ended when the token is typed.
  child.stdin.on('error', () => {});
  let shown = '';
  child.stdout.on('data', (data: Buffer) => {
    const wasAsked = shown.includes('Token: ');
    shown += data;
    if (!wasAsked && shown.includes('Token: ')) child.stdin.write(`${cluster.adminToken}\n`);
  });
  await text(child.stdout);
  return shown;
}

describe('a credential plugin on a terminal', requires(SCRIPT), () => {
  it.each(['IfAvailable', 'Always'])('can ask a question (interactiveMode: %s)', async (mode) => {
    const shown = await statusOnTerminal(mode);
    // The spinner, which would overwrite the question, and discards what is typed, gives the cursor back.
    expect(shown).toContain('\u001b[?25hToken: ');
    expect(shown).toContain('Cluster prod: no Secrets exist and none are requested.');
  });

  it('cannot ask if its configuration says so (interactiveMode: Never)', async () => {
    const shown = await statusOnTerminal('Never');
    expect(shown).toMatch(
      /error: credential plugin ".*get-token" of context "test" failed: exit code 1/,
    );
  });
});
