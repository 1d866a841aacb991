import { describe, expect, it } from 'vitest';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../kubernetes/errors.ts';
import { observeCluster } from '../../../../lambda/observe/observe-cluster.ts';
import { EVERYWHERE } from '../../../support/builders/builders.ts';
import { FOREVER, fakeConnection, statusAnswer } from '../../kubernetes/fake-connection.ts';

const INPUT = { phase: 'pending', scope: EVERYWHERE, signal: FOREVER } as const;

const emptyList = (path: string) => ({ body: { kind: kindOf(path), items: [] } });

function kindOf(path: string): string {
  if (path.includes('/awsiamroles')) return 'AWSIAMRoleList';
  return path.includes('/pods') ? 'PodList' : 'PartialObjectMetadataList';
}

describe('observeCluster', () => {
  it('makes the four lists concurrently', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const connection = fakeConnection(async ({ path }, count) => {
      if (count === 4) resolve();
      await promise;
      return emptyList(path);
    });
    const nothing = { items: [], seen: 0 };
    expect(await observeCluster(connection, INPUT)).toEqual({
      pods: nothing,
      namespaces: nothing,
      secrets: nothing,
      awsIamRoles: nothing,
    });
  });

  it.each(['pods', 'namespaces', 'secrets', 'awsiamroles'] as const)(
    'returns the other lists when the list of %s fails',
    async (resource) => {
      const connection = fakeConnection(({ path }) =>
        path.includes(`/${resource}?`) ? statusAnswer(500, 'InternalError') : emptyList(path),
      );
      const view = await observeCluster(connection, INPUT);
      const failed = Object.entries(view).filter(([, { failure }]) => failure !== undefined);
      expect(failed.map(([name]) => name.toLowerCase())).toEqual([resource]);
    },
  );

  it('throws a setup error', async () => {
    const error = new ClusterSetupError('no access entry');
    const connection = fakeConnection(() => Promise.reject(error));
    await expect(observeCluster(connection, INPUT)).rejects.toBe(error);
  });

  it('throws when the cluster is unreachable for all lists', async () => {
    const error = new ClusterUnreachableError('unreachable');
    const connection = fakeConnection(() => Promise.reject(error));
    await expect(observeCluster(connection, INPUT)).rejects.toBe(error);
  });

  it('returns the other lists when one hangs until the signal aborts', async () => {
    const end = new AbortController();
    const connection = fakeConnection(({ path, signal }) => {
      if (!path.includes('/pods?')) return emptyList(path);
      setImmediate(() => end.abort(new Error('timeout')));
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    const view = await observeCluster(connection, { ...INPUT, signal: end.signal });
    expect(view.pods.failure?.message).toContain('timeout');
    expect(view.secrets.failure).toBeUndefined();
  });
});
