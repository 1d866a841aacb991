import type { Invariant } from '../invariants/facts.ts';
import type { Send } from '../support/chart-cluster.ts';
import type { Scene } from './scene.ts';

/** Somebody who is taken for the product, as nobody has noted otherwise, and does what it must never do. */
export interface WrongActor {
  readonly what: string;
  act(send: Send, scene: Scene): Promise<unknown>;
  /** What a judge has to find; the name of the scene is left out. */
  readonly violations: readonly { readonly invariant: Invariant; readonly object: string }[];
}

const MERGE = 'application/merge-patch+json';

/** Proof that the judge sees what it is there for. */
export const WRONG_ACTORS: readonly WrongActor[] = [
  {
    what: 'deletes a Secret in use',
    act: (send, { shop }) =>
      send('DELETE', `/api/v1/namespaces/${shop}/secrets/aws-iam-app-orders`),
    violations: [
      { invariant: 'in-use-deleted', object: '-shop/aws-iam-app-orders' },
      { invariant: 'removed-early', object: '-shop/aws-iam-app-orders' },
    ],
  },
  {
    what: 'changes a foreign Secret',
    act: (send, { shop }) =>
      send(
        'PATCH',
        `/api/v1/namespaces/${shop}/secrets/aws-iam-app-mine`,
        { metadata: { annotations: { seen: 'yes' } } },
        MERGE,
      ),
    violations: [{ invariant: 'foreign-touched', object: '-shop/aws-iam-app-mine' }],
  },
  {
    what: 'copies credentials into another namespace',
    async act(send, { shop, bank }) {
      const path = (namespace: string) =>
        `/api/v1/namespaces/${namespace}/secrets/aws-iam-app-orders`;
      const { body } = await send('GET', path(shop));
      await send('PATCH', path(bank), { data: body['data'] }, MERGE);
    },
    violations: [{ invariant: 'crossed-namespaces', object: '-bank/aws-iam-app-orders' }],
  },
];
