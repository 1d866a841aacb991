import type { V1PodSpec } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { INJECTED_VOLUME, ROLE_ANNOTATION } from '../../contract/kubernetes/injection.ts';
import type { ApiResponse } from '../../local/api-client.ts';
import { DRY_RUN } from './refresher-rights.ts';

/** A pod of the least. */
export const ONE: V1PodSpec = { containers: [{ name: 'web', image: 'app' }] };

/** A pod that asks for a role, and mounts no token, whose volume's name is made up by the API server. */
export const podWith = (annotations: Record<string, string>, spec: V1PodSpec = ONE) => ({
  metadata: { name: 'web', annotations },
  spec: { automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, ...spec },
});
/** A pod that asks for a role by annotation. */
export const asking = (role: string, spec?: V1PodSpec) =>
  podWith({ [ROLE_ANNOTATION]: role }, spec);
/** The pods of a namespace. */
export const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
/** Where a pod is checked, and injected, and then forgotten. */
export const tried = `${podsOf('team')}${DRY_RUN}`;
/** The Secret of the volume that was added to a pod; undefined where none was. */
export const addedSecret = ({ body }: ApiResponse) =>
  (body['spec'] as V1PodSpec | undefined)?.volumes?.find(({ name }) => name === INJECTED_VOLUME)
    ?.secret?.secretName;
/** The answer of the policy that refuses. */
export const refusedFor = (message: RegExp | string) => ({
  status: 422,
  body: {
    reason: 'Invalid',
    message: expect.stringMatching(message),
  },
});
