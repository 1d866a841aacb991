import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPlan } from '../../lambda/act/run-plan.ts';
import { createPlanContext } from '../../lambda/decide/plan.ts';
import { planRefresh } from '../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../lambda/decide/plan-sweep.ts';
import { observeCluster } from '../../lambda/observe/observe-cluster.ts';
import { createChangeLog } from '../../lambda/report/change-log.ts';
import { awsIamRoleEvents } from '../../lambda/report/events/awsiamrole-events.ts';
import { podEvents } from '../../lambda/report/events/pod-events.ts';
import { summarizePass } from '../../lambda/report/pass-report.ts';
import { awsIamRoleStatus } from '../../lambda/report/statuses/awsiamrole-status.ts';
import {
  aPolicy,
  BASE_ROLE_ARN,
  EVERYWHERE,
  NOW,
  SESSION_CONFIG,
} from '../support/builders/builders.ts';
import { FakeCluster } from '../support/builders/fake-cluster.ts';
import { FOREVER, fakeConnection } from '../unit/kubernetes/fake-connection.ts';
import { arbitraryText, arbitraryValue } from './arbitrary-values.ts';
import { numRuns } from './num-runs.ts';

const EXAMPLES = numRuns(300);

/** A few names, so that objects refer to each other, and arbitrary ones. */
const secretName = fc.oneof(
  fc.constantFrom('aws-iam-x', 'aws-iam-y', 'aws-iam-x-token-bcdfg', 'aws-iam-', 'x'),
  arbitraryText.map((text) => `aws-iam-${text}`),
  arbitraryText,
);
const namespace = fc.constantFrom('a', 'b', '__proto__', 'kube-aws-iam');
const names = fc.constantFrom('p', 'q', 'constructor', 'aws-iam-x');
const annotations = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'iam.amazonaws.com/allowed-roles',
      'iam.amazonaws.com/permitted',
      'kube-aws-iam/expires-at',
      'kube-aws-iam/unused-since',
      'kube-aws-iam/awsiamrole-generation',
    ),
    arbitraryText,
  ),
  fc.oneof(
    arbitraryText,
    fc.constantFrom('["*"]', '["x"]', '.*', '(a+)+$', '2026-11-23T12:30:00Z'),
  ),
);
const labels = fc.oneof(
  fc.constantFrom(
    { heritage: 'kube-aws-iam-controller' },
    { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
  ),
  fc.dictionary(arbitraryText, arbitraryText),
);
const metadata = fc.record({
  name: names,
  namespace,
  uid: fc.constantFrom('u1', 'u2'),
  resourceVersion: fc.constant('1'),
});

const volume = fc.oneof(
  secretName.map((name) => ({ name: 'v', secret: { secretName: name } })),
  secretName.map((name) => ({ name: 'v', projected: { sources: [{ secret: { name } }, {}] } })),
  fc.constantFrom({ name: 'v' }, { name: 'v', emptyDir: {} }, { name: 'v', projected: {} }),
);
const pod = fc.record({
  metadata,
  spec: fc.record({ volumes: fc.array(volume, { maxLength: 30 }) }, { requiredKeys: [] }),
});
const secret = fc
  .tuple(metadata, secretName, labels, annotations, fc.array(fc.constant({ uid: 'u1' })))
  .map(([common, name, some, notes, ownerReferences]) => ({
    metadata: { ...common, name, labels: some, annotations: notes, ownerReferences },
  }))
  .filter((one) => one.metadata.name !== '');
const namespaceObject = fc
  .tuple(namespace, annotations)
  .map(([name, notes]) => ({ metadata: { name, uid: 'u', annotations: notes } }));
/** An AWSIAMRole of any schema. */
const awsIamRole = fc.record({
  metadata: metadata.map((one) => ({ ...one, generation: 1 })),
  spec: fc.oneof(
    arbitraryValue,
    fc.record({ roleReference: arbitraryValue, roleSessionDuration: arbitraryValue }),
    fc.record({ roleReference: fc.constantFrom('x', 'team/X', '/x', `${BASE_ROLE_ARN}x`) }),
  ),
  status: fc.oneof(
    arbitraryValue,
    fc.record({
      observedGeneration: arbitraryValue,
      conditions: fc.array(fc.oneof(arbitraryValue, fc.constant({ type: 'Ready', status: {} }))),
      expiration: arbitraryValue,
      roleARN: arbitraryValue,
    }),
  ),
});

const cluster = fc.record({
  pods: fc.array(pod, { maxLength: 5 }),
  secrets: fc.array(secret, { maxLength: 5 }),
  namespaces: fc.array(namespaceObject, { maxLength: 4 }),
  awsIamRoles: fc.array(awsIamRole, { maxLength: 4 }),
});
type Objects = typeof cluster extends fc.Arbitrary<infer T> ? T : never;

/** Creates an API that lists the objects. */
function apiOf({ pods, secrets, namespaces, awsIamRoles }: Objects) {
  return fakeConnection(({ path }) => {
    const [kind, items] = path.includes('/pods?')
      ? ['PodList', pods]
      : path.includes('/secrets?')
        ? ['PartialObjectMetadataList', secrets]
        : path.includes('/namespaces?')
          ? ['PartialObjectMetadataList', namespaces]
          : ['AWSIAMRoleList', awsIamRoles];
    return { body: { kind, items } };
  });
}

const configured = (policy = aPolicy()) => ({
  ...SESSION_CONFIG,
  policy,
  refreshBeforeSeconds: 1_800,
});

async function observe(objects: Objects) {
  const connection = apiOf(objects);
  return observeCluster(connection, { phase: 'live', scope: EVERYWHERE, signal: FOREVER });
}

describe('objects of any user', () => {
  it('are listed completely', async () => {
    await fc.assert(
      fc.asyncProperty(cluster, async (objects) => {
        const { pods, secrets, namespaces, awsIamRoles } = await observe(objects);
        for (const { failure } of [pods, secrets, namespaces, awsIamRoles])
          expect(failure).toBeUndefined();
      }),
      EXAMPLES,
    );
  });

  it('cause sessions only for requested roles', async () => {
    await fc.assert(
      fc.asyncProperty(cluster, async (objects) => {
        const view = await observe(objects);
        const fake = new FakeCluster();
        for (const one of view.secrets.items) fake.put(one);
        const plan = planSweep(createPlanContext(configured(), view.namespaces, NOW), view, true);
        await runPlan(fake.deps(), plan, FOREVER);
        const assumed = fake.log.filter((step) => step.startsWith('assume '));
        for (const step of assumed)
          expect(requestedRoles(objects)).toContain(step.slice('assume '.length));
      }),
      EXAMPLES,
    );
  });

  it('are planned, and reported in texts of bounded length', async () => {
    await fc.assert(
      fc.asyncProperty(cluster, async (objects) => {
        const view = await observe(objects);
        const policy = aPolicy({ allowedRolesFormat: 'regexp' });
        const plan = planRefresh(createPlanContext(configured(policy), view.namespaces, NOW), view);
        const outcomes = await runPlan(new FakeCluster().deps(), plan, FOREVER);
        const lines: string[] = [];
        const write = (message: string, fields: object) =>
          lines.push(JSON.stringify([message, fields]));
        const report = summarizePass({
          pass: 'refresh',
          view,
          plan,
          outcomes,
          unwritten: [],
          startedAt: NOW,
          endedAt: NOW,
          refreshBeforeSeconds: 1_800,
          forwarderRoleArn: undefined,
          isComparable: () => true,
        });
        createChangeLog({ debug: write, info: write, warn: write }).writePass(
          outcomes,
          plan.ignored,
          report,
        );
        const events = [
          ...podEvents(outcomes, plan.ignored, () => false, NOW),
          ...awsIamRoleEvents(outcomes, () => false),
        ];
        for (const line of lines) expect(line.length).toBeLessThan(8_000);
        for (const { note } of events) expect(note.length).toBeLessThan(8_000);
        for (const outcome of outcomes) awsIamRoleStatus(outcome, NOW);
      }),
      EXAMPLES,
    );
  });
});

/** Returns the roles that may be assumed, as `<namespace> <last part of the ARN>`. */
function requestedRoles({ pods, awsIamRoles }: Objects): readonly string[] {
  const byPods = pods.flatMap(({ metadata: { namespace: owner }, spec }) =>
    (spec.volumes ?? []).flatMap((one) => {
      const sources =
        'projected' in one ? ((one.projected as { sources?: unknown[] }).sources ?? []) : [];
      const named = [
        ('secret' in one ? one.secret : {}) as { secretName?: string },
        ...sources.map((source) => ({
          secretName: (source as { secret?: { name?: string } }).secret?.name,
        })),
      ];
      return named.map(({ secretName: name = '' }) => `${owner} ${name.slice('aws-iam-'.length)}`);
    }),
  );
  const byAwsIamRoles = awsIamRoles.map(({ metadata: { namespace: owner }, spec }) => {
    const { roleReference } = (spec ?? {}) as { roleReference?: unknown };
    return `${owner} ${String(roleReference).split('/').at(-1)}`;
  });
  return [...byPods, ...byAwsIamRoles];
}
