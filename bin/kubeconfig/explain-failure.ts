import { KubernetesApiError } from '../../kubernetes/errors.ts';

const FORBIDDEN = 403;

/**
 * What a failure means to a person at the command line. A refusal (403) is told in the server's words, which name the
 * person and the right: what the functions say of it is about theirs.
 */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof KubernetesApiError) || error.status !== FORBIDDEN) return error.message;
  const said = error.cause instanceof Error ? error.cause.message : error.message;
  return `you may not see this: ${said}. Ask for that right; docs/command-line.md has a ClusterRole with all that are needed.`;
}
