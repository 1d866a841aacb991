import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Aws, Duration, Fn, Stack } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { buildSync } from 'esbuild';

/** The code of the function, which performs the action in its event. */
const HANDLER = `
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
const CLUSTER = process.env.CLUSTER_NAME;
if (!CLUSTER) throw new Error('CLUSTER_NAME is not set');
const [eks, sts] = [new EKSClient({ maxAttempts: 1 }), new STSClient({ maxAttempts: 1 })];
let invocations = 0;
const actions = {
  count: () => (invocations += 1),
  env: () => process.env,
  cwd: () => process.cwd(),
  context: (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() }),
  dates: () => [Date.now(), new Date().getTime(), Date.parse(Date()), new Date(0).getTime()],
  log: (event) => { console.log(event.text); console.error('to stderr'); process.stdout.write('no newline'); },
  fail: () => { throw new RangeError('on request'); },
  failWithText: () => { throw 'just text'; },
  exit: () => process.exit(3),
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  wait: (event) => new Promise((done) => setTimeout(() => done(Date.now()), event.milliseconds)),
  describe: async () => (await eks.send(new DescribeClusterCommand({ name: CLUSTER }))).cluster.endpoint,
  assume: async (event) => (await sts.send(new AssumeRoleCommand({ RoleArn: event.role, RoleSessionName: 'shop@' + CLUSTER }))).Credentials,
};
export const handler = async (event, context) => {
  const action = actions[event.do];
  if (!action) throw new Error('unknown action ' + event.do);
  return action(event, context);
};
export const throughCallback = (event, context, callback) => callback(null, 1);
`;

/** Synthesizes a small stack similar to the product's: one function, two schedules, one access entry. */
export function synthesizeTinyApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-app-'));
  const app = new App({ outdir: join(folder, 'cdk.out'), analyticsReporting: false });
  const stack = new Stack(app, 'Tiny');
  const role = addRole(stack);
  const fn = addFunction(stack, role, bundle(folder));
  const schedule = (id: string, expression: ScheduleExpression, event: object) =>
    new Schedule(stack, id, {
      schedule: expression,
      target: new LambdaInvoke(fn, { input: ScheduleTargetInput.fromObject(event) }),
    });
  schedule('Tick', ScheduleExpression.rate(Duration.minutes(1)), { do: 'count' });
  schedule('Sweep', ScheduleExpression.cron({ minute: '5/10' }), { do: 'cwd' });
  new CfnAccessEntry(stack, 'Entry', {
    clusterName: 'demo',
    principalArn: role.roleArn,
    kubernetesGroups: ['tiny:readers'],
  });
  app.synth();
  return folder;
}

function bundle(folder: string): string {
  const code = join(folder, 'code');
  buildSync({
    stdin: { contents: HANDLER, resolveDir: import.meta.dirname },
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile: join(code, 'index.mjs'),
  });
  return code;
}

function addRole(stack: Stack): Role {
  const role = new Role(stack, 'Role', {
    roleName: Fn.join('-', ['tiny', Aws.REGION]),
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  const allow = (sid: string, action: string, resource: string) =>
    role.addToPolicy(
      new PolicyStatement({
        sid,
        actions: [action],
        resources: [`arn:${Aws.PARTITION}:${resource}`],
      }),
    );
  allow('Assume', 'sts:AssumeRole', `iam::${Aws.ACCOUNT_ID}:role/app-*`);
  allow('Describe', 'eks:DescribeCluster', `eks:${Aws.REGION}:${Aws.ACCOUNT_ID}:cluster/demo`);
  return role;
}

function addFunction(stack: Stack, role: Role, code: string): LambdaFunction {
  const logGroup = new LogGroup(stack, 'Logs', { logGroupName: '/tiny' });
  logGroup.grantWrite(role);
  return new LambdaFunction(stack, 'Fn', {
    functionName: 'tiny',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(code),
    role,
    environment: { CLUSTER_NAME: 'demo' },
    timeout: Duration.seconds(5),
    loggingFormat: LoggingFormat.JSON,
    logGroup,
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
  });
}

/** Copies the app's assembly and changes the text of its template. `remove` deletes the copy. */
export function changedAssembly(folder: string, change: (template: string) => string) {
  const copy = mkdtempSync(join(folder, 'changed-'));
  cpSync(join(folder, 'cdk.out'), copy, { recursive: true });
  const file = join(copy, 'Tiny.template.json');
  const template = readFileSync(file, 'utf8');
  const changed = change(template);
  if (changed === template) throw new Error('the change has no effect');
  writeFileSync(file, changed);
  return { dir: copy, remove: () => rmSync(copy, { recursive: true }) };
}
