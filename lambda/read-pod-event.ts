// Named imports: with the whole module, the bundler would include the messages of every language, 270 KB at a cold start.
import {
  array,
  type core,
  iso,
  literal,
  maxLength,
  minLength,
  object,
  regex,
  startsWith,
  strictObject,
  string,
  union,
} from 'zod/mini';
import { NAMESPACE_NAME, OBJECT_NAME } from '../contract/kubernetes/object-name.ts';
import { SECRET_NAME_PREFIX } from '../contract/kubernetes/secret.ts';
import {
  type CredentialRequestEvent,
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
  MAX_REQUESTS,
  requestedSecretName,
} from '../contract/pod-event.ts';
import { secretKey } from './decide/requested-secrets.ts';

/** A valid pod event, or why the event is dropped. */
type ParsedPodEvent = CredentialRequestEvent | { readonly malformed: string };

/** RFC 3339 with nanoseconds. The format alone accepts any number of digits. */
const MAX_INSTANT_LENGTH = 30;

const commonFields = {
  namespace: string().check(regex(NAMESPACE_NAME)),
  seenAt: iso.datetime().check(maxLength(MAX_INSTANT_LENGTH)),
};
const podRequest = strictObject({
  ...commonFields,
  secret: string().check(regex(OBJECT_NAME), startsWith(SECRET_NAME_PREFIX)),
  pod: string().check(regex(OBJECT_NAME)),
});
const resourceRequest = strictObject({
  ...commonFields,
  awsIamRole: string().check(regex(OBJECT_NAME)),
});

/** Not strict at the top level: EventBridge adds fields around the detail. */
const podEvent = object({
  source: literal(EVENT_SOURCE),
  'detail-type': literal(EVENT_DETAIL_TYPE),
  detail: strictObject({
    wanted: array(union([podRequest, resourceRequest])).check(
      minLength(1),
      maxLength(MAX_REQUESTS),
    ),
  }),
});

/**
 * Validates a pod event strictly: every principal allowed to put events on the bus can send anything. Removes duplicate
 * requests for a Secret, separately for pods and for its AWSIAMRole.
 */
export function readPodEvent(event: unknown): ParsedPodEvent {
  const { data, error } = podEvent.safeParse(event);
  if (data === undefined) return { malformed: describeIssues(error) };
  const bySecret = new Map(
    data.detail.wanted.map((request) => {
      const key = secretKey({ ...request, name: requestedSecretName(request) });
      return ['pod' in request ? key : `${key} of an AWSIAMRole`, request];
    }),
  );
  return { wanted: [...bySecret.values()] };
}

const MAX_ISSUES = 3;

function describeIssues({ issues }: core.$ZodError): string {
  return (
    issues
      .slice(0, MAX_ISSUES)
      // The issue's code, not its message: zod's messages quote the event.
      .map(({ path, code }) => `${path.join('.')}: ${code.replaceAll('_', ' ')}`)
      .join('; ')
  );
}
