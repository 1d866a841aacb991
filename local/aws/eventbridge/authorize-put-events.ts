import { ServiceError } from '../http/service-error.ts';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';
import type { PutEventsEntry } from './put-events-request.ts';

const ACTION = 'events:PutEvents';

/**
 * Checks that `caller` can put `entries` on the bus. The caller's policies and the bus's policy decide together: a Deny in
 * either overrides, and within an account an Allow in either is enough. Both can refer to the sources and detail types of
 * the entries, which are multivalued condition keys.
 *
 * @throws ServiceError, which denies the whole request
 */
export function authorizePutEvents(
  iam: Pick<Iam, 'decide' | 'decideResource'>,
  caller: Session,
  busArn: string,
  entries: readonly PutEventsEntry[],
): void {
  const valuesOf = (field: 'Source' | 'DetailType') =>
    entries.flatMap((entry) => entry[field] ?? []);
  const context = {
    'events:source': valuesOf('Source'),
    'events:detail-type': valuesOf('DetailType'),
  };
  const byIdentity = iam.decide(caller, ACTION, busArn, context);
  const { role, sessionName } = caller;
  const principal = { kind: 'role-session', roleArn: role.arn, sessionName } as const;
  const byBus = iam.decideResource(busArn, principal, ACTION, context);
  const denied = (why: string) =>
    new ServiceError(
      400,
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: ${ACTION} on resource: ${busArn} ${why}`,
    );
  if (byIdentity.outcome === 'explicitDeny') {
    throw denied('with an explicit deny in an identity-based policy');
  }
  if (byBus.outcome === 'explicitDeny') {
    throw denied('with an explicit deny in a resource-based policy');
  }
  if (byIdentity.outcome === 'allowed') return;
  if (byBus.outcome === 'allowed' && byBus.namesCaller) return;
  throw denied(`because no identity-based policy allows the ${ACTION} action`);
}
