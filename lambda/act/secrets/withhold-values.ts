import { KubernetesApiError } from '../../../kubernetes/errors.ts';

/**
 * Words of the API server's own, which quote names and numbers and no content (registry, quota, RBAC and namespace
 * lifecycle of k8s.io/apiserver).
 */
const HARMLESS = [
  / already exists$/,
  / not found$/,
  / is forbidden: exceeded quota: [^\n]{0,500}$/,
  / cannot \w+ resource "secrets" in API group ""[^\n]{0,200}$/,
  / is forbidden: unable to create new content in namespace \S+ because it is being terminated$/,
  /Operation cannot be fulfilled on [^\n]{0,500}$/,
];

/** The reasons that Kubernetes knows (`StatusReason` of meta/v1). A webhook may give any text as its reason. */
const REASONS: ReadonlySet<string> = new Set([
  ...['Unauthorized', 'Forbidden', 'NotFound', 'AlreadyExists', 'Conflict', 'Gone', 'Invalid'],
  ...['ServerTimeout', 'Timeout', 'TooManyRequests', 'BadRequest', 'MethodNotAllowed', 'Expired'],
  ...['NotAcceptable', 'RequestEntityTooLarge', 'UnsupportedMediaType', 'InternalError'],
  ...['ServiceUnavailable'],
]);

/** What comes before the words of whoever refuses: who that is. */
const REFUSER =
  /(?:admission webhook "[^"]{1,253}" denied the request|ValidatingAdmissionPolicy '[^']{1,253}' with binding '[^']{1,253}' denied request|failed calling webhook "[^"]{1,253}")/;

/**
 * Waits for a write of a Secret that has values. What the cluster says in refusing it is told only as far as it is the API
 * server's own words: an admission webhook or policy may be anybody's, and quote the Secret in any form.
 *
 * @throws {KubernetesApiError} when the API refuses
 */
export async function withholdingValues<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    const { status, message } = error;
    const reason = REASONS.has(error.reason) ? error.reason : '';
    throw new KubernetesApiError(status, reason, withoutQuotations(status, reason, message));
  }
}

function withoutQuotations(status: number, reason: string, message: string): string {
  const isOfKnownReason = message.startsWith(
    `the Kubernetes API answered ${status}${reason && ` ${reason}`}:`,
  );
  if (isOfKnownReason && HARMLESS.some((words) => words.test(message))) return message;
  const [refuser] = REFUSER.exec(message) ?? [];
  const answered = `the Kubernetes API answered ${status}${reason && ` ${reason}`}`;
  return `${answered}${refuser === undefined ? '' : `: ${refuser}`} (in words that are withheld, as they may quote the Secret)`;
}
