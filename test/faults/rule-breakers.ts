import type { Invariant } from '../invariants/facts.ts';
import type { Send } from '../support/chart/chart-cluster.ts';
import type { Fixture } from './fixture.ts';

/** A client that breaks a rule. Its writes are attributed to the product, because they are not recorded as a user's. */
interface RuleBreaker {
  readonly action: string;
  act(send: Send, fixture: Fixture): Promise<unknown>;
  /** The expected violations, without the name of the fixture. */
  readonly violations: readonly { readonly invariant: Invariant; readonly object: string }[];
}

const MERGE = 'application/merge-patch+json';

/** Prove that the checker detects violations. */
export const RULE_BREAKERS: readonly RuleBreaker[] = [
  {
    action: 'deletes a Secret in use',
    act: (send, { shop }) =>
      send('DELETE', `/api/v1/namespaces/${shop}/secrets/aws-iam-app-orders`),
    violations: [
      { invariant: 'in-use-deleted', object: '-shop/aws-iam-app-orders' },
      { invariant: 'removed-early', object: '-shop/aws-iam-app-orders' },
    ],
  },
  {
    action: 'changes a Secret that the product does not own',
    act: (send, { shop }) =>
      send(
        'PATCH',
        `/api/v1/namespaces/${shop}/secrets/aws-iam-app-mine`,
        { metadata: { annotations: { seen: 'yes' } } },
        MERGE,
      ),
    violations: [{ invariant: 'foreign-changed', object: '-shop/aws-iam-app-mine' }],
  },
  {
    action: 'copies credentials into another namespace',
    async act(send, { shop, bank }) {
      const path = (namespace: string) =>
        `/api/v1/namespaces/${namespace}/secrets/aws-iam-app-orders`;
      const { body } = await send('GET', path(shop));
      await send('PATCH', path(bank), { data: body['data'] }, MERGE);
    },
    violations: [{ invariant: 'wrong-session', object: '-bank/aws-iam-app-orders' }],
  },
];
