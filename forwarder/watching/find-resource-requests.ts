import { identityOf } from '../../kubernetes/lists/api-object.ts';
import type { SeenRequest } from '../sending/seen-request.ts';
import type { Sight } from './watch-event.ts';

/**
 * What an AWSIAMRole wants: credentials, when it is new or its spec was changed since the refresher last dealt with it.
 * Kubernetes counts such changes in `metadata.generation`; a write to its status or its labels is none.
 *
 * @throws when the resource cannot be read
 */
export function findResourceRequests({ object }: Sight, seenAt: Date): readonly SeenRequest[] {
  const { namespace, name, uid } = identityOf(object);
  const { generation, deletionTimestamp } = object.metadata ?? {};
  // To be deleted counts as a change too, and wants nothing.
  const isKnown = generation === object.status?.observedGeneration;
  if (isKnown || deletionTimestamp !== undefined) return [];
  return [
    {
      request: { namespace, awsIamRole: name, seenAt: seenAt.toISOString() },
      occasion: `${uid}/${generation}`,
    },
  ];
}
