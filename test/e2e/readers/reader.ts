/**
 * An application that uses the AWS SDK for JavaScript with its default settings and one client. It calls
 * GetCallerIdentity for each line of input.
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
