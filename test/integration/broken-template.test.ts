import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { MovableClock } from '../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../local/cloud.ts';
import { chartRules } from '../../local/demo/chart-rules.ts';
import { authorizeByRules } from '../../local/kubernetes/authorization.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../local/kubernetes/embedded-cluster.ts';
import { synthesize } from '../../local/synthesize.ts';
import { ACCOUNT, CLUSTER_NAME, REFRESH, REGION } from '../support/deployment.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A resource of a template, as far as these tests break it. */
interface Resource {
  Type: string;
  DependsOn?: string[];
  // biome-ignore lint/suspicious/noExplicitAny: a test breaks whatever property it likes
  Properties: any;
}
type Resources = Record<string, Resource>;

let assembly: string;
let cloud: EmbeddedCloud | undefined;
let cluster: EmbeddedCluster | undefined;

beforeAll(async () => {
  assembly = temporaryFolder();
  await synthesize(assembly, [{ clusterName: CLUSTER_NAME, assumableRoles: ['app-*'] }]);
});

afterEach(async () => {
  await cloud?.stop();
  await cluster?.stop();
  cloud = undefined;
  cluster = undefined;
});

/** Deploys a copy of the product's template after `breakIt`, lets a minute pass, and says what became of it. */
async function firstMinute(breakIt: (resources: Resources) => void): Promise<string> {
  const folder = temporaryFolder();
  await cp(assembly, folder, { recursive: true });
  const file = join(folder, `KubeAwsIam-${CLUSTER_NAME}.template.json`);
  const template = JSON.parse(await readFile(file, 'utf8'));
  breakIt(template.Resources);
  await writeFile(file, JSON.stringify(template));

  const clock = new MovableClock();
  try {
    cloud = await startCloud({ assemblyDir: folder, clock, account: ACCOUNT, region: REGION });
    const authenticate = cloud.authenticateToken(CLUSTER_NAME);
    const authorize = authorizeByRules(await chartRules());
    cluster = await startEmbeddedCluster({ clock, authenticate, authorize });
    const { url: endpoint, caPem } = cluster;
    cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint, caPem });
    await cloud.scheduler.advance(60);
  } catch (error) {
    return String(error);
  }
  const run = cloud.functions.invocations.find(({ functionName }) => functionName === REFRESH);
  return run?.result.kind === 'success' ? 'works' : JSON.stringify(run?.result);
}

const all = (resources: Resources, type: string) =>
  Object.values(resources).filter(({ Type }) => Type === type);

const statements = (resources: Resources) =>
  all(resources, 'AWS::IAM::Role').flatMap(({ Properties }) =>
    (Properties.Policies ?? []).flatMap(
      (policy: { PolicyDocument: { Statement: { Action: string; Effect: string }[] } }) =>
        policy.PolicyDocument.Statement,
    ),
  );

it('the template as it is works', async () => {
  expect(await firstMinute(() => {})).toBe('works');
});

it.each<[string, (resources: Resources) => void, RegExp]>([
  [
    'an environment variable of another name',
    (resources) => {
      for (const { Properties } of all(resources, 'AWS::Lambda::Function')) {
        const { CLUSTER_NAME: name, ...variables } = Properties.Environment.Variables;
        Properties.Environment.Variables = { ...variables, CLUSTER: name };
      }
    },
    /CLUSTER_NAME is missing/,
  ],
  [
    'another input of the schedules',
    (resources) => {
      for (const { Properties } of all(resources, 'AWS::Scheduler::Schedule')) {
        Properties.Target.Input = '{"pass":"refreshing"}';
      }
    },
    /PassEventError/,
  ],
  [
    'a handler that is not there',
    (resources) => {
      for (const { Properties } of all(resources, 'AWS::Lambda::Function')) {
        Properties.Handler = 'index.handler';
      }
    },
    /index/,
  ],
  [
    'no permission to describe the cluster',
    (resources) => {
      for (const statement of statements(resources)) {
        if (statement.Action === 'eks:DescribeCluster') statement.Action = 'eks:ListClusters';
      }
    },
    /may not describe EKS cluster/,
  ],
  [
    'an access entry of another group',
    (resources) => {
      for (const { Properties } of all(resources, 'AWS::EKS::AccessEntry')) {
        Properties.KubernetesGroups = ['readers'];
      }
    },
    /install the chart/,
  ],
  [
    'no access entry',
    (resources) => {
      for (const [id, { Type, Properties }] of Object.entries(resources)) {
        if (Type !== 'AWS::EKS::AccessEntry' || !Properties.KubernetesGroups) continue;
        delete resources[id];
        for (const other of Object.values(resources)) {
          if (other.DependsOn) other.DependsOn = other.DependsOn.filter((name) => name !== id);
        }
      }
    },
    /access entry has to be there/,
  ],
  [
    'schedules that may not invoke the functions',
    (resources) => {
      for (const statement of statements(resources)) {
        if (statement.Action === 'lambda:InvokeFunction') statement.Effect = 'Deny';
      }
    },
    /InvokeFunction/,
  ],
  [
    'a type of resource that nobody knows here',
    (resources) => {
      resources['Surprise'] = { Type: 'AWS::SQS::Queue', Properties: {} };
    },
    /AWS::SQS::Queue/,
  ],
])('the template with %s does not', async (_, breakIt, words) => {
  expect(await firstMinute(breakIt)).toMatch(words);
});
