import { ALLOWED_ROLES_ANNOTATION } from '../../contract/kubernetes/namespace.ts';
import type { ApiBody } from '../../local/api-client.ts';
import type { Send } from '../support/chart/chart-cluster.ts';
import type { ClusterObserver } from './cluster-observer.ts';

/** Changes by users and by Kubernetes. The observer does not attribute them to the product. */
export interface Users {
  create(path: string, body: object): Promise<ApiBody>;
  patch(path: string, patch: object): Promise<ApiBody>;
  /** Deletes an object without finalizers, if it exists. */
  remove(path: string): Promise<void>;
  createNamespace(name: string): Promise<void>;
  /** Creates a pod that mounts a Secret. */
  createPod(namespace: string, name: string, secretName: string): Promise<void>;
  /** Sets a pod to Running, as a kubelet does. */
  startPod(namespace: string, name: string): Promise<void>;
}

/** Creates users who send requests with `admin`. */
export function createUsers(admin: Send, observer: ClusterObserver): Users {
  const act = async (method: string, path: string, body?: object, type?: string) => {
    const answer = await admin(method, path, body, type);
    const isGone = method === 'DELETE' && answer.status === 404;
    if (answer.status >= 300 && !isGone) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    if (answer.body.kind !== 'Status')
      observer.recordUserWrite(answer.body.metadata.resourceVersion);
    return answer.body;
  };
  const create: Users['create'] = (path, body) => act('POST', path, body);
  return {
    create,
    patch: (path, patch) => act('PATCH', path, patch, 'application/merge-patch+json'),
    async remove(path) {
      // The objects in a namespace are deleted by Kubernetes, which the observer knows.
      const [, namespace, collection, name] =
        /\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
      observer.recordUserDelete(`${collection}/${namespace}/${name}`);
      await act('DELETE', path);
    },
    async createNamespace(name) {
      const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["app-*"]' };
      await create('/api/v1/namespaces', { metadata: { name, annotations } });
    },
    async createPod(namespace, name, secretName) {
      await create(`/api/v1/namespaces/${namespace}/pods`, {
        metadata: { name },
        spec: {
          containers: [{ name: 'c', image: 'app', volumeMounts: [{ name: 'v', mountPath: '/m' }] }],
          volumes: [{ name: 'v', secret: { secretName } }],
          terminationGracePeriodSeconds: 0,
        },
      });
    },
    async startPod(namespace, name) {
      await act(
        'PATCH',
        `/api/v1/namespaces/${namespace}/pods/${name}/status`,
        { status: { phase: 'Running' } },
        'application/merge-patch+json',
      );
    },
  };
}
