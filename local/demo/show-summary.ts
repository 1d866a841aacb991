import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import { expect } from './expect.ts';
import { listManagedSecrets, minutesLeft } from './managed-secrets.ts';
import type { Installation } from '../installation/installation.ts';

/** Ends the demo with what is left in the cluster, and with what was done. */
export async function showSummary(world: Installation, terminal: Terminal): Promise<void> {
  const { invocations } = world.cloud.functions;
  const failed = invocations.filter(({ result }) => result.kind !== 'success');
  expect(failed.length === 0, `no invocation fails: ${JSON.stringify(failed[0]?.result)}`);
  terminal.line();
  terminal.table({
    header: ['namespace', 'Secret', 'credentials end in', 'used by'],
    rows: (await listManagedSecrets(world)).map((secret) => [
      secret.metadata?.namespace ?? '',
      secret.metadata?.name ?? '',
      `${minutesLeft(world, secret)} min`,
      secret.metadata?.namespace === PRODUCT_NAMESPACE ? 'the forwarder' : 'pod bank/ledger',
    ]),
  });
  terminal.line();
  terminal.table({
    header: ['what', 'count'],
    rows: [
      [
        'Secrets created, renewed, removed',
        `${changesOf(world, ['created', 'renewed', 'removed'])}`,
      ],
      ['runs of refresh and sweep, and pod events, none failed', `${invocations.length}`],
      ['minutes of cluster time', `${minutesBetween(invocations)}`],
    ],
  });
}

function changesOf({ cloud }: Installation, results: readonly string[]): string {
  return results
    .map(
      (result) => cloud.logs.lines.filter(({ text }) => text.includes(`"${result} Secret"`)).length,
    )
    .join(', ');
}

function minutesBetween(invocations: Installation['cloud']['functions']['invocations']): number {
  const startedAt = invocations[0]?.startedAt.getTime() ?? 0;
  const endedAt = invocations.at(-1)?.endedAt.getTime() ?? 0;
  return Math.round((endedAt - startedAt) / 60_000);
}
