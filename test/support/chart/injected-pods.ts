import type { V1PodSpec } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { judgeInjection } from '../../../bin/commands/explain/judge-injection.ts';
import { podObject } from '../../../bin/commands/explain/pod-object.ts';
import { INJECTED_VOLUME, ROLE_ANNOTATION } from '../../../contract/kubernetes/injection.ts';
import type { ApiResponse } from '../../../local/api-client.ts';
import { DRY_RUN } from './refresher-rights.ts';

/** A minimal pod. */
export const ONE: V1PodSpec = { containers: [{ name: 'web', image: 'app' }] };

/** A pod that requests a role. It mounts no token, because the API server generates the name of that volume. */
export const podWith = (annotations: Record<string, string>, spec: V1PodSpec = ONE) => ({
  metadata: { name: 'web', annotations },
  spec: { automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, ...spec },
});
/** A pod that requests a role by annotation. */
export const asking = (role: string, spec?: V1PodSpec) =>
  podWith({ [ROLE_ANNOTATION]: role }, spec);
/** Returns what the command line says about a pod that is created in namespace `team`. */
export const verdictOf = ({ metadata, spec }: ReturnType<typeof asking>, baseRoleArn: string) =>
  judgeInjection(
    podObject.parse({ metadata: { ...metadata, namespace: 'team', uid: '' }, spec }),
    baseRoleArn,
  );
/** The pods of a namespace. */
export const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
/** Path for a dry run: the pod is validated and injected, but not created. */
export const tried = `${podsOf('team')}${DRY_RUN}`;
/** Returns the Secret of the volume that was added to a pod, or undefined if there is none. */
export const addedSecret = ({ body }: ApiResponse) =>
  (body['spec'] as V1PodSpec | undefined)?.volumes?.find(({ name }) => name === INJECTED_VOLUME)
    ?.secret?.secretName;
/** Returns the response of the policy that rejects pods. */
export const refusedFor = (message: RegExp | string) => ({
  status: 422,
  body: {
    reason: 'Invalid',
    message: expect.stringMatching(message),
  },
});
