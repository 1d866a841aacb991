import { describe, expect, it } from 'vitest';
import {
  type ClusterRight,
  RIGHTS_IN_NAMESPACE,
  RIGHTS_ON_NAMED_NAMESPACES,
  RIGHTS_ON_NAMESPACES,
  shownRight,
} from '../../../contract/refresher-rights.ts';
import { helmAvailable, renderChart } from '../../support/helm.ts';
import { RIGHTS, rightsOf, rolesNamed, scopedRights } from '../../support/refresher-rights.ts';

const shown = (rights: readonly ClusterRight[]) => rights.map(shownRight).sort();

/** The rights with their API group, as the contract has them. */
const inFull = (rights: readonly ClusterRight[]) =>
  rights.map((right) => `${shownRight(right)} of "${right.group}"`).sort();

async function rightsInChart(kind: string, values: object) {
  const [role] = rolesNamed(await renderChart(values)).filter((one) => one.kind === kind);
  if (role === undefined) throw new Error(`the chart has no ${kind}`);
  return rightsOf(role)
    .map(({ right, apiGroups: [group] }) => `${right} of "${group}"`)
    .sort();
}

describe.runIf(helmAvailable())('the rights in the contract are those of the chart', () => {
  it('where it looks at all namespaces', async () => {
    expect(await rightsInChart('ClusterRole', {})).toEqual(
      inFull([...RIGHTS_IN_NAMESPACE, ...RIGHTS_ON_NAMESPACES]),
    );
  });

  it('where it looks at some', async () => {
    const values = { namespaces: ['team'] };
    expect(await rightsInChart('Role', values)).toEqual(inFull(RIGHTS_IN_NAMESPACE));
    expect(await rightsInChart('ClusterRole', values)).toEqual(inFull(RIGHTS_ON_NAMED_NAMESPACES));
  });
});

describe('each right in the contract is asked for by a request of the tests', () => {
  it.each([
    ['all namespaces', RIGHTS, RIGHTS_ON_NAMESPACES],
    ['some', scopedRights('team'), RIGHTS_ON_NAMED_NAMESPACES],
  ])('where it looks at %s', (_, requests, onNamespaces) => {
    expect(requests.map(({ right }) => right).sort()).toEqual(
      shown([...RIGHTS_IN_NAMESPACE, ...onNamespaces]),
    );
  });
});
