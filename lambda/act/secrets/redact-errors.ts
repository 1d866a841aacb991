import { REFRESHER_RBAC } from '../../../contract/kubernetes/cluster-access.ts';
import { apiError, rejectionOf } from '../../../kubernetes/api-error.ts';
import type { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type { ApiResponse } from '../../../kubernetes/kubernetes-connection.ts';

/**
 * Messages of the API server itself, which contain names and numbers but no content (registry, quota, RBAC and namespace
 * lifecycle of k8s.io/apiserver). Anchored: the server puts a prefix before what an admission webhook says.
 */
const SAFE_MESSAGES = [
  /^[a-z]+ "[^"\n]{1,253}" (?:already exists|not found)$/,
  /^secrets "[^"\n]{1,253}" is forbidden: exceeded quota: [^\n]{0,500}$/,
  /^secrets (?:"[^"\n]{1,253}" )?is forbidden: User "[^\n]{1,700}" cannot \w+ resource "secrets" in API group ""[^\n]{0,200}$/,
  /^secrets "[^"\n]{1,253}" is forbidden: unable to create new content in namespace \S+ because it is being terminated$/,
  /^Operation cannot be fulfilled on secrets "[^\n]{0,500}$/,
  /^Request entity too large: limit is \d{1,10}$/,
];

/** The reasons that Kubernetes defines (`StatusReason` of meta/v1). A webhook may set any text as its reason. */
const SAFE_REASONS: ReadonlySet<string> = new Set([
  ...['Unauthorized', 'Forbidden', 'NotFound', 'AlreadyExists', 'Conflict', 'Gone', 'Invalid'],
  ...['ServerTimeout', 'Timeout', 'TooManyRequests', 'BadRequest', 'MethodNotAllowed', 'Expired'],
  ...['NotAcceptable', 'RequestEntityTooLarge', 'UnsupportedMediaType', 'InternalError'],
  ...['ServiceUnavailable'],
]);

/** The beginning of an admission error, which names the webhook or policy. */
const ADMISSION_SOURCE =
  /(?:admission webhook "[^"]{1,253}" denied the request|ValidatingAdmissionPolicy '[^']{1,253}' with binding '[^']{1,253}' denied request|failed calling webhook "[^"]{1,253}")/;

/** The beginning of a denial by the chart's policy for what the refresher writes. */
const OWN_POLICY = `ValidatingAdmissionPolicy '${REFRESHER_RBAC}' with binding '${REFRESHER_RBAC}' denied request`;

/** A denial by that policy: its message is a constant text of the chart, or the API server's about an expression. */
const OWN_RULE = new RegExp(
  `^secrets "[^"\n]{1,253}" is forbidden: ${OWN_POLICY}: kube-aws-iam: (the refresher may [\\w ,.*=-]{1,250}\\.)$`,
);
const OWN_RULE_TOO_EXPENSIVE = new RegExp(
  `^secrets "[^"\n]{1,253}" is forbidden: ${OWN_POLICY}: .{0,4000} due to running out of cost budget`,
  's',
);

/** The beginning of a validation error of the registry (`NewInvalid` of k8s.io/apimachinery). */
const VALIDATION_PREFIX = /^Secret "[^"\n]{0,253}" is invalid: /;

/**
 * One part of a validation error: field, kind of error, and details (`field.Error` of k8s.io/apimachinery). The server
 * quotes invalid values, and a mutating webhook may have copied credentials into any field, so that only constant words
 * pass.
 */
const FIELD_ERROR =
  /(?<=^|\[|, )((?:data|stringData|immutable|type|metadata)(?:\.(?:name|namespace|labels|annotations|finalizers|ownerReferences|uid|resourceVersion|generation|deletionTimestamp))?)(?:\[[^\]\n]{1,253}\])?(?:\.\w{1,40})?: (Required value|Invalid value|Unsupported value|Forbidden|Too long|Too many|Duplicate value|Not found|Internal error)(?::[^,\]]*?(field is immutable when `immutable` is set|field is immutable|must not be empty|may not be more than (?:262144|1048576) bytes))?/g;

/** More parts than the product's Secrets have fields. */
const MAX_FIELD_ERRORS = 5;

/** What etcd says when it cannot store anything: words that contain nothing of the request. */
const STORAGE_ERROR =
  /\betcdserver: (?:mvcc: database space exceeded|request timed out|request is too large|too many requests|no leader|leader changed)/;

/**
 * Converts the rejection of a write of a Secret to an error without Secret data: an admission webhook or policy, which may
 * be anyone's, receives the whole Secret, whatever the write changes, and can quote it in any form. Messages of the API
 * server itself are kept.
 */
export function redactedErrorOf(response: ApiResponse): KubernetesApiError {
  const { reason, message } = rejectionOf(response);
  const isKnown = reason === '' || SAFE_REASONS.has(reason);
  return isKnown
    ? apiError(response.status, reason, redact(message))
    : apiError(response.status, '', redact(''));
}

const WITHHELD = '(message withheld: it may contain Secret data)';

function redact(said: string): string {
  const [, rule] = OWN_RULE.exec(said) ?? [];
  if (rule !== undefined) {
    return `: ${OWN_POLICY}: ${rule} If the chart in the cluster is of another version or of other settings than the refresher, install the matching one: cdk deploy, or kube-aws-iam manifests. If a webhook has added to the Secret, exclude Secrets with the label heritage=kube-aws-iam-controller from it`;
  }
  if (OWN_RULE_TOO_EXPENSIVE.test(said)) {
    return `: ${OWN_POLICY}: the Secret has too many keys, labels or annotations to check. Remove those that others have added, or those of the AWSIAMRole`;
  }
  const [source] = ADMISSION_SOURCE.exec(said) ?? [];
  if (source !== undefined) return `: ${source} ${WITHHELD}`;
  if (SAFE_MESSAGES.some((safe) => safe.test(said))) return `: ${said}`;
  const shown = VALIDATION_PREFIX.test(said)
    ? fieldErrorsIn(said.replace(VALIDATION_PREFIX, ''))
    : (STORAGE_ERROR.exec(said)?.[0] ?? '');
  return shown === '' ? ` ${WITHHELD}` : `: ${shown} (values withheld: they may be Secret data)`;
}

function fieldErrorsIn(errors: string): string {
  const parts = [...errors.matchAll(FIELD_ERROR)].map(([, field, kind, detail]) =>
    [field, kind, detail].filter((part) => part !== undefined).join(': '),
  );
  return [...new Set(parts)].slice(0, MAX_FIELD_ERRORS).join(', ');
}
