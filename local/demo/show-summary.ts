import assert from 'node:assert/strict';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import type { Installation } from '../installation/installation.ts';
import { listSecretsForSummary, minutesLeft } from './managed-secrets.ts';
import { KEPT_POD } from './show-removal.ts';

/** What uses the remaining Secret of a namespace. */
const USERS = new Map([
  ['bank', 'pod bank/ledger'],
  ['shop', `pod shop/${KEPT_POD}`],
  [PRODUCT_NAMESPACE, 'the forwarder'],
]);

/** Prints the remaining Secrets, and how many changes and invocations there were. */
export async function showSummary(installation: Installation, terminal: Terminal): Promise<void> {
  const { invocations } = installation.cloud.functions;
  const failed = invocations.find(({ result }) => result.kind !== 'success');
  assert(failed === undefined, `an invocation failed: ${JSON.stringify(failed?.result)}`);
  terminal.line();
  terminal.table({
    header: ['namespace', 'Secret', 'expires in', 'used by'],
    rows: (await listSecretsForSummary(installation)).map((secret) => [
      secret.metadata?.namespace ?? '',
      secret.metadata?.name ?? '',
      `${minutesLeft(installation, secret)} min`,
      USERS.get(secret.metadata?.namespace ?? '') ?? '',
    ]),
  });
  terminal.line();
  terminal.table({
    header: ['what', 'count'],
    rows: [
      [
        'Secrets created, renewed, removed',
        countLogged(installation, ['created', 'renewed', 'removed']),
      ],
      ['function invocations, none failed', `${invocations.length}`],
      ['minutes of cluster time', `${minutesBetween(invocations)}`],
    ],
  });
}

function countLogged({ cloud }: Installation, changes: readonly string[]): string {
  return changes
    .map(
      (change) => cloud.logs.lines.filter(({ text }) => text.includes(`"${change} Secret"`)).length,
    )
    .join(', ');
}

function minutesBetween(invocations: Installation['cloud']['functions']['invocations']): number {
  const startedAt = invocations[0]?.startedAt.getTime() ?? 0;
  const endedAt = invocations.at(-1)?.endedAt.getTime() ?? 0;
  return Math.round((endedAt - startedAt) / 60_000);
}
