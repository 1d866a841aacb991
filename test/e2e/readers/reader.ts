/**
 * An application that uses the AWS SDK for JavaScript as it comes, with one client for its whole life: at each line it is
 * sent, it asks AWS who it is.
 */
import { createInterface } from 'node:readline';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const sts = new STSClient();
for await (const _ of createInterface({ input: process.stdin })) {
  const answer = await sts.send(new GetCallerIdentityCommand()).then(
    ({ Arn }) => String(Arn),
    (error: unknown) => String(error),
  );
  console.log(answer.replace(/\s+/g, ' '));
}
