import { describe, expect, it } from 'vitest';
import {
  formatPermission,
  PERMISSIONS_IN_NAMESPACE,
  PERMISSIONS_ON_NAMED_NAMESPACES,
  PERMISSIONS_ON_NAMESPACES,
  type RbacPermission,
} from '../../../contract/kubernetes/cluster-access.ts';
import { renderChart } from '../../support/chart/helm.ts';
import {
  RIGHTS,
  rightsOf,
  rolesNamed,
  scopedRights,
} from '../../support/chart/refresher-rights.ts';
import { HELM, requires } from '../../support/requirements.ts';

const shown = (rights: readonly RbacPermission[]) => rights.map(formatPermission).sort();

/** The rights with their API group, as the contract has them. */
const inFull = (rights: readonly RbacPermission[]) =>
  rights.map((right) => `${formatPermission(right)} of "${right.group}"`).sort();

async function rightsInChart(kind: string, values: object) {
  const [role] = rolesNamed(await renderChart(values)).filter((one) => one.kind === kind);
  if (role === undefined) throw new Error(`the chart has no ${kind}`);
  return rightsOf(role)
    .map(({ right, apiGroups: [group] }) => `${right} of "${group}"`)
    .sort();
}

describe('the permissions in the contract are those of the chart', requires(HELM), () => {
  it('with all namespaces', async () => {
    expect(await rightsInChart('ClusterRole', {})).toEqual(
      inFull([...PERMISSIONS_IN_NAMESPACE, ...PERMISSIONS_ON_NAMESPACES]),
    );
  });

  it('with some namespaces', async () => {
    const values = { namespaces: ['team'] };
    expect(await rightsInChart('Role', values)).toEqual(inFull(PERMISSIONS_IN_NAMESPACE));
    expect(await rightsInChart('ClusterRole', values)).toEqual(
      inFull(PERMISSIONS_ON_NAMED_NAMESPACES),
    );
  });
});

describe('the tests send a request for each permission in the contract', () => {
  it.each([
    ['all namespaces', RIGHTS, PERMISSIONS_ON_NAMESPACES],
    ['some', scopedRights('team'), PERMISSIONS_ON_NAMED_NAMESPACES],
  ])('with %s', (_, requests, onNamespaces) => {
    expect(requests.map(({ right }) => right).sort()).toEqual(
      shown([...PERMISSIONS_IN_NAMESPACE, ...onNamespaces]),
    );
  });
});
