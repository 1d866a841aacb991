import { AwsJsonRefusal } from '../http/aws-json.ts';
import type { Iam, Session } from '../iam/iam.ts';
import type { PutEventsEntry } from './put-events-request.ts';

const ACTION = 'events:PutEvents';

/**
 * Lets `session` put `entry` on the bus: its own policies and that of the bus decide together, a Deny of either wins, and
 * within an account an Allow of either is enough. Source and detail type of the entry are known to both.
 * @throws AwsJsonRefusal for the whole request, as EventBridge refuses it.
 */
export function authorizePutEvents(
  iam: Pick<Iam, 'decide' | 'decideResource'>,
  session: Session,
  busArn: string,
  entry: PutEventsEntry,
): void {
  const context = {
    ...(entry.Source === undefined ? {} : { 'events:source': entry.Source }),
    ...(entry.DetailType === undefined ? {} : { 'events:detail-type': entry.DetailType }),
  };
  const own = iam.decide(session, ACTION, busArn, context);
  const { role, sessionName } = session;
  const caller = { kind: 'role-session', roleArn: role.arn, sessionName } as const;
  const ofBus = iam.decideResource(busArn, caller, ACTION, context);
  const refuse = (why: string) =>
    new AwsJsonRefusal(
      'AccessDeniedException',
      `User: ${session.arn} is not authorized to perform: ${ACTION} on resource: ${busArn} ${why}`,
    );
  if (own.outcome === 'denied') throw refuse('with an explicit deny in an identity-based policy');
  if (ofBus.outcome === 'denied') throw refuse('with an explicit deny in a resource-based policy');
  if (own.outcome === 'allowed' || (ofBus.outcome === 'allowed' && ofBus.namesCaller)) return;
  throw refuse(`because no identity-based policy allows the ${ACTION} action`);
}
