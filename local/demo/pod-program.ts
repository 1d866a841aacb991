/**
 * The application in the demo's pods. It uses the AWS SDK with its default settings and one client, and reports the
 * caller's ARN for each message.
 */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { installMovableDate } from '../movable-date.ts';

const moveDate = installMovableDate();
const client = new STSClient();

process.on('message', (offsetMs: number) => {
  moveDate(offsetMs);
  client.send(new GetCallerIdentityCommand()).then(
    ({ Arn }) => process.send?.({ arn: Arn }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
