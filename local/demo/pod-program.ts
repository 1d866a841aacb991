/**
 * What runs in a pod of the demo: an application that knows nothing of this product and uses the AWS SDK as it comes.
 * It asks who it is each time it is told to, with one client for its whole life.
 */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { installMovableDate } from '../movable-date.ts';

const moveDate = installMovableDate();
const client = new STSClient();

process.on('message', (offsetMilliseconds: number) => {
  moveDate(offsetMilliseconds);
  client.send(new GetCallerIdentityCommand()).then(
    ({ Arn }) => process.send?.({ arn: Arn }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
