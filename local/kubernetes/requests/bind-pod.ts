import { z } from 'zod';
import { badRequest, conflict } from '../errors/api-error.ts';
import { PODS } from '../kinds/pod.ts';
import {
  type ObjectTarget,
  requireObject,
  updateObject,
  type WriteDeps,
} from '../objects/write-object.ts';
import { parseBody } from './decode-object.ts';

const Binding = z.object({ target: z.object({ name: z.string().min(1) }) });

/**
 * Binds a pod to a node, as a scheduler does. The server has no Node objects, so it accepts any name.
 *
 * @throws ApiError 409 when the pod is already bound
 */
export function bindPod(deps: WriteDeps, target: ObjectTarget, body: string): object {
  const parsed = Binding.safeParse(parseBody(body, 'the object provided is not a Binding'));
  if (!parsed.success) throw badRequest('the Binding has no target');
  const stored = requireObject(deps.store, target);
  const pod = PODS.decode(stored);
  if (pod.spec.nodeName)
    throw conflict(
      { group: '', plural: 'pods/binding' },
      target.name,
      `pod ${target.name} is already assigned to node "${pod.spec.nodeName}"`,
    );
  const spec = { ...pod.spec, nodeName: parsed.data.target.name };
  const conditions = [{ type: 'PodScheduled', status: 'True' }];
  const bound = { ...pod, spec, status: { ...pod.status, conditions } };
  updateObject(deps, target, bound, 'binding');
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}
