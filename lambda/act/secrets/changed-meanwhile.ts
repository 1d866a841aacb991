import { KubernetesApiError } from '../../../kubernetes/errors.ts';

/** Whether a write failed because the Secret is not as it was read: it was changed, made or removed by somebody else. */
export function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof KubernetesApiError && (error.status === 409 || error.status === 404);
}
