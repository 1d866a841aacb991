// By name: of the whole module, the bundler would take every language that it can complain in, 270 KB of a cold start.
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
import { NAMESPACE_NAME, OBJECT_NAME } from '../contract/object-name.ts';
import {
  type CredentialRequestEvent,
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
  MAX_REQUESTS,
  requestedSecretName,
} from '../contract/pod-event.ts';
import { SECRET_NAME_PREFIX } from '../contract/secret.ts';
import { secretKey } from './decide/requested-secrets.ts';

/** A pod event as it was read, or why it is dropped. */
export type ParsedPodEvent = CredentialRequestEvent | { readonly malformed: string };

/** An instant with nanoseconds; the format alone would take any number of digits. */
const MAX_INSTANT_LENGTH = 30;

const whereAndWhen = {
  namespace: string().check(regex(NAMESPACE_NAME)),
  seenAt: iso.datetime().check(maxLength(MAX_INSTANT_LENGTH)),
};
const podRequest = strictObject({
  ...whereAndWhen,
  secret: string().check(regex(OBJECT_NAME), startsWith(SECRET_NAME_PREFIX)),
  pod: string().check(regex(OBJECT_NAME)),
});
const resourceRequest = strictObject({
  ...whereAndWhen,
  awsIamRole: string().check(regex(OBJECT_NAME)),
});

/** What EventBridge puts around the detail has more members; who sent it is what counts. */
const podEvent = object({
  source: literal(EVENT_SOURCE),
  'detail-type': literal(EVENT_DETAIL_TYPE),
  detail: strictObject({
    wanted: array(union([podRequest, resourceRequest])).check(minLength(1), maxLength(MAX_REQUESTS)),
  }),
});

/** Whether a function was invoked by a rule of EventBridge, well or badly, and not by a schedule or a person. */
export function isBusEvent(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'detail-type' in event;
}

/**
 * Reads what came over the bus, strictly: whoever may write to the bus could send anything. A Secret that is named
 * twice counts once, for pods and for its AWSIAMRole each.
 */
export function readPodEvent(event: unknown): ParsedPodEvent {
  const { data, error } = podEvent.safeParse(event);
  if (data === undefined) return { malformed: firstMistakes(error) };
  const bySecret = new Map(
    data.detail.wanted.map((one) => {
      const key = secretKey({ ...one, name: requestedSecretName(one) });
      return ['pod' in one ? key : `${key} of an AWSIAMRole`, one];
    }),
  );
  return { wanted: [...bySecret.values()] };
}

/** Enough to find the sender's mistake. */
const MAX_ISSUES = 3;

function firstMistakes({ issues }: core.$ZodError): string {
  return (
    issues
      .slice(0, MAX_ISSUES)
      // In words of a language, once one is loaded, zod quotes the event.
      .map(({ path, code }) => `${path.join('.')}: ${code.replaceAll('_', ' ')}`)
      .join('; ')
  );
}
