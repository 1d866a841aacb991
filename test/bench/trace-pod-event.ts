/**
 * Prints the modules of ours that run for one pod event in a warm events function, from the handler to the write of the
 * Secret: those with a function that V8's precise coverage counted. What runs after the write (lambda/report) is left out.
 *
 *     npm run trace:pod-event
 */
import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'aws-lambda';
import { ENVIRONMENT } from '../../contract/environment.ts';
import { aBusEvent } from '../support/builders/builders.ts';
import { FUNCTION_ENVIRONMENT } from '../support/builders/function-environment.ts';
import { deployEmbedded } from '../support/deployment/embedded-deployment.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TRACED = /^(contract|kubernetes|lambda)\/(?!report\/)/;
/** Traced modules that are not on the path, and why they run. */
const OFF_PATH: Readonly<Record<string, string>> = {
  'contract/is-record.ts': 'the embedded cluster, in the same process, uses it',
  'lambda/act/item-outcome.ts': 'the report, after the write, uses it',
};
const REFRESHER_ROLE = 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-test';

const deployment = await deployEmbedded();
const { admin, cloud } = deployment;
const annotations = { 'iam.amazonaws.com/allowed-roles': '["app-*"]' };
await admin.createNamespace({ body: { metadata: { name: 'shop', annotations } } });
const { credentials } = cloud.sts.issueServiceSession(
  REFRESHER_ROLE,
  'lambda.amazonaws.com',
  'kube-aws-iam-test-events',
);
Object.assign(process.env, FUNCTION_ENVIRONMENT, {
  [ENVIRONMENT.clusterName]: 'test',
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_ENDPOINT_URL_STS: cloud.sts.url,
  AWS_ENDPOINT_URL_EKS: cloud.eks.url,
});
const { handler } = await import('../../lambda/events.ts');

await announce('first');
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
await session.post('Profiler.takePreciseCoverage');
await announce('second');
const { result } = await session.post('Profiler.takePreciseCoverage');
const modules = result
  .filter(({ functions }) =>
    functions.some(
      ({ ranges: [range] }) => range !== undefined && range.count > 0 && range.startOffset > 0,
    ),
  )
  .flatMap(({ url }) => (url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : []))
  .filter((module) => TRACED.test(module) && OFF_PATH[module] === undefined);
// The entry point contains no function.
const all = ['lambda/events.ts', ...modules].sort();
process.stdout.write(`${all.join('\n')}\n${all.length} modules\n`);
await deployment.stop();
// The handler keeps its connections.
process.exit();

/** Creates a pod, and handles the event that announces it. */
async function announce(name: string): Promise<void> {
  const role = `app-${name}`;
  const secretName = `aws-iam-${role}`;
  deployment.addPodRole(role);
  await admin.createNamespacedPod({
    namespace: 'shop',
    body: {
      metadata: { name },
      spec: {
        containers: [{ name: 'c', image: 'a' }],
        volumes: [{ name: 'v', secret: { secretName } }],
      },
    },
  });
  const request = {
    namespace: 'shop',
    secret: secretName,
    pod: name,
    seenAt: new Date().toISOString(),
  };
  const context = { functionName: 'events', getRemainingTimeInMillis: () => 55_000 } as Context;
  const report = (await handler(aBusEvent([request]), context)) as { counts: { created: number } };
  if (report.counts.created !== 1)
    throw new Error(`no Secret was created: ${JSON.stringify(report)}`);
}
