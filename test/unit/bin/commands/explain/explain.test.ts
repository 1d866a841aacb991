import { describe, expect, it } from 'vitest';
import { concludePod, type PodFindings } from '../../../../../bin/commands/explain/conclude-pod.ts';
import {
  explainSecret,
  type SecretExplanation,
} from '../../../../../bin/commands/explain/explain-secret.ts';
import type { Outcome } from '../../../../../bin/commands/explain/judge-secret.ts';
import type { ProductEvent } from '../../../../../bin/commands/explain/product-events.ts';
import type { RefresherConfig } from '../../../../../lambda/config.ts';
import type { ManagedSecret } from '../../../../../lambda/observe/managed-secrets.ts';
import {
  aNamespace,
  anAwsIamRole,
  aPod,
  aPolicy,
  aRequest,
  aSecret,
  aView,
  EVERYWHERE,
  iso,
  minutes,
  NOW,
  ofAwsIamRole,
  SESSION_CONFIG,
} from '../../../../support/builders/builders.ts';

const config: RefresherConfig = {
  // Those that the credentials of the builders' Secrets were issued for.
  ...SESSION_CONFIG,
  region: 'eu-central-1',
  policy: aPolicy(),
  scope: EVERYWHERE,
  secretMetadata: { labels: {}, annotations: {} },
  refreshBeforeSeconds: 1_800,
};
const DENIED =
  'User is not authorized: the role does not exist, or its trust policy does not name the refresher role';

function anEvent(overrides: Partial<ProductEvent> = {}): ProductEvent {
  return {
    type: 'Warning',
    reason: 'GetCredentialsFailed',
    note: DENIED,
    count: 1,
    lastSeen: iso(minutes(-1)),
    ...overrides,
  };
}

/** Explains a Secret that pod `web` requests. */
function explain(
  parts: Parameters<typeof aView>[0],
  events: readonly ProductEvent[] = [],
  secret = 'aws-iam-orders',
) {
  const view = aView({ pods: [aPod('web', [secret])], ...parts });
  const deps = {
    config,
    target: { cluster: 'stage' },
    observe: async () => view,
    eventsAbout: () => ({ events }),
    now: NOW,
  };
  return explainSecret(deps, aRequest(secret));
}

describe('a Secret that a pod mounts', () => {
  it('is given when its credentials are valid', async () => {
    expect(await explain({ secrets: [aSecret('aws-iam-orders')] })).toMatchObject({
      outcome: 'given',
      roleArn: 'arn:aws:iam::123456789012:role/orders',
      guard: 'allowed',
      present: 'pods',
      conclusion: 'its credentials are valid until 2026-11-23T12:59:00Z',
      action: 'keep',
    });
  });

  it('is waiting when no problem was reported', async () => {
    expect(await explain({})).toMatchObject({
      outcome: 'waiting',
      present: 'nobody',
      conclusion: expect.stringContaining('the next refresh creates it, within a minute'),
      next: expect.stringContaining('kube-aws-iam doctor'),
    });
  });

  it('is failing after a warning of STS; the next step is the trust policy', async () => {
    expect(await explain({}, [anEvent()])).toMatchObject({
      outcome: 'failing',
      conclusion: `it does not exist; last Event: ${DENIED}`,
      next: 'compare the trust policy of the role with: kube-aws-iam trust-policy orders --namespace shop --cluster stage',
    });
  });

  it('is failing by the condition of an AWSIAMRole of its name', async () => {
    const ready = {
      type: 'Ready',
      status: 'False' as const,
      observedGeneration: 1,
      lastTransitionTime: iso(NOW),
      reason: 'AssumeRoleDenied',
      message: DENIED,
    };
    const resource = anAwsIamRole('aws-iam-orders', { status: { conditions: [ready] } });
    expect(await explain({ awsIamRoles: [resource] })).toMatchObject({
      outcome: 'failing',
      awsIamRole: 'aws-iam-orders',
      conclusion: `it does not exist; condition Ready: ${DENIED}`,
    });
  });

  it('quotes words in suggested commands for a shell', async () => {
    const resource = anAwsIamRole('aws-iam-orders', { roleReference: 'team/$(id)/Orders' });
    const { next } = await explain({ awsIamRoles: [resource] }, [anEvent()]);
    expect(next).toMatch(
      /: kube-aws-iam trust-policy 'team\/\$\(id\)\/Orders' --namespace shop --cluster stage$/,
    );
  });

  it.each([
    ['has recovered', [anEvent({ type: 'Normal', reason: 'CredentialsRecovered' }), anEvent()]],
    ['had a problem before these credentials', [anEvent({ lastSeen: iso(minutes(-5)) })]],
  ])('is given when it %s', async (_, events) => {
    expect(await explain({ secrets: [aSecret('aws-iam-orders')] }, events)).toMatchObject({
      outcome: 'given',
    });
  });

  it.each([
    ['have expired', minutes(-2), [], 'its credentials expired 2 min ago; renewal is overdue'],
    ['are overdue', minutes(10), [], 'valid until 2026-11-23T12:10:00Z; renewal is overdue'],
    ['cannot be renewed', minutes(25), [anEvent()], '; last Event: User is not'],
  ])('is failing when its credentials %s', async (_, expiresAt, events, conclusion) => {
    const secrets = [aSecret('aws-iam-orders', {}, expiresAt)];
    expect(await explain({ secrets }, events)).toMatchObject({
      outcome: 'failing',
      conclusion: expect.stringContaining(conclusion),
    });
  });

  it.each<[string, Parameters<typeof aView>[0], object]>([
    [
      'the namespace does not allow it',
      { namespaces: [aNamespace('shop', {})] },
      {
        guard: expect.stringContaining('allows no role'),
        conclusion: expect.stringContaining('kubectl annotate'),
      },
    ],
  ])('is withheld when %s', async (_, parts, expected) => {
    expect(await explain(parts)).toMatchObject({ outcome: 'withheld', ...expected });
  });

  it('is its own when somebody else has created it', async () => {
    expect(await explain({ secrets: [aSecret('aws-iam-orders', { labels: {} })] })).toMatchObject({
      outcome: 'own',
      present: 'somebody else',
      conclusion: expect.stringContaining('was not created by kube-aws-iam'),
    });
  });

  it.each([
    ['in the second in which it was issued', '2026-11-23T11:59:00.900Z', 'given'],
    ['later', '2026-11-23T11:59:01.100Z', 'failing'],
  ])('is judged by a Warning %s: %s', async (_, lastSeen, outcome) => {
    const view = { secrets: [aSecret('aws-iam-orders', {}, minutes(59))] };
    expect(await explain(view, [anEvent({ lastSeen })])).toMatchObject({ outcome });
  });

  it('is withheld when no role can have its name', async () => {
    expect(await explain({}, [], 'aws-iam-Big')).toMatchObject({
      outcome: 'withheld',
      conclusion: expect.stringContaining('no Secret can have this name'),
    });
  });

  it('is undecided when a list is incomplete, and names it', async () => {
    const view = aView({ pods: [aPod('web', ['aws-iam-orders'])] });
    const failure = new Error('the list of Secrets is incomplete');
    const observe = async () => ({ ...view, secrets: { ...view.secrets, failure } });
    const explained = await explainSecret(
      { config, target: {}, observe, eventsAbout: () => ({ events: [] }), now: NOW },
      aRequest('aws-iam-orders'),
    );
    expect(explained).toMatchObject({
      outcome: 'undecided',
      incomplete: [`Secrets: ${failure.message}`],
    });
  });

  it.each<[string, readonly ManagedSecret[], Outcome]>([
    ['undecided if it does not exist', [], 'undecided'],
    ['given if it exists', [aSecret('aws-iam-orders')], 'given'],
  ])('without Events is %s', async (_, secrets, outcome) => {
    const view = aView({ pods: [aPod('web', ['aws-iam-orders'])], secrets });
    const unread = 'Events: missing permission';
    const eventsAbout = () => ({ events: [], unread });
    const deps = { config, target: {}, observe: async () => view, eventsAbout, now: NOW };
    expect(await explainSecret(deps, aRequest('aws-iam-orders'))).toMatchObject({
      outcome,
      incomplete: [unread],
    });
  });

  it('belongs to an AWSIAMRole that claimed the name first', async () => {
    const resource = anAwsIamRole('aws-iam-orders', { roleReference: 'team/Orders' });
    const secrets = [aSecret('aws-iam-orders', ofAwsIamRole(resource))];
    expect(await explain({ awsIamRoles: [resource], secrets })).toMatchObject({
      outcome: 'given',
      present: 'AWSIAMRole',
      roleArn: 'arn:aws:iam::123456789012:role/team/Orders',
    });
  });
});

const given: SecretExplanation = {
  secret: 'aws-iam-orders',
  outcome: 'given',
  present: 'pods',
  conclusion: 'its credentials are valid',
  events: [],
  incomplete: [],
};
const mount = {
  secret: 'aws-iam-orders',
  volume: 'v',
  isOptional: false,
  places: ['c:/meta'],
  hasSubPath: false,
};

/** Findings about pod `web` with one given Secret. */
function findings(overrides: Partial<PodFindings> = {}): PodFindings {
  return {
    at: iso(NOW),
    namespace: 'shop',
    pod: 'web',
    phase: 'Running',
    isTerminating: false,
    isInScope: true,
    secrets: [{ ...given, mounts: [mount] }],
    ...overrides,
  };
}

describe('the conclusion for a pod', () => {
  it.each<[string, Partial<PodFindings>, RegExp, RegExp | undefined]>([
    [
      'with all credentials',
      {},
      /^Pod shop\/web has all credentials that it requests\.$/,
      undefined,
    ],
    [
      'with all credentials that is Pending',
      { phase: 'Pending' },
      /has all/,
      /kubectl describe pod web --namespace shop/,
    ],
    [
      'in an excluded namespace',
      { isInScope: false },
      /does not manage namespace shop/,
      /settings namespaces/,
    ],
    [
      'that has terminated',
      { phase: 'Succeeded', secrets: [] },
      /has terminated \(Succeeded\)/,
      undefined,
    ],
    [
      'without requests',
      { secrets: [] },
      /requests no credentials/,
      /mount the Secret aws-iam-ROLE/,
    ],
    [
      'with an annotation that was not injected',
      { secrets: [], annotation: 'orders', injection: { result: 'injected' } },
      /is annotated with role orders, but no volume was injected when it was created\.$/,
      /kubectl label namespace shop kube-aws-iam\/inject=enabled.*kube-aws-iam explain namespace shop --cluster stage$/,
    ],
    [
      'with an annotation, older than the label of its namespace',
      { secrets: [], annotation: 'orders', injection: { result: 'injected' }, isInjected: true },
      /is annotated with role orders/,
      /^recreate the pod: namespace shop has the label/,
    ],
    ...[true, false, undefined].map(
      (isInjected): [string, Partial<PodFindings>, RegExp, RegExp] => [
        `with an annotation that would be rejected, and the label ${isInjected}`,
        {
          ...{ secrets: [], annotation: 'Orders' },
          injection: { result: 'rejected', message: 'create an AWSIAMRole' },
          ...(isInjected === undefined ? {} : { isInjected }),
        },
        /If it were created again with injection, it would be rejected: create an AWSIAMRole$/,
        /^correct this before the pod is deleted or its workload is restarted$/,
      ],
    ),
    [
      'with an annotation for a role that the namespace does not allow',
      {
        ...{ secrets: [], annotation: 'admin', isInjected: true },
        injection: { result: 'waits', message: 'the namespace does not allow it' },
      },
      /it would not start: the namespace does not allow it$/,
      /^correct this before/,
    ],
    [
      'with an annotation where injection does not apply',
      {
        ...{ secrets: [], annotation: 'orders' },
        injection: { result: 'untouched', message: 'it is a static pod' },
      },
      /was created: it is a static pod\.$/,
      undefined,
    ],
    [
      'whose volume no container mounts',
      { secrets: [{ ...given, mounts: [{ ...mount, places: [] }] }] },
      /but no container mounts volume v/,
      /volumeMounts/,
    ],
    [
      'that mounts with subPath',
      { secrets: [{ ...given, mounts: [{ ...mount, hasSubPath: true }] }] },
      /Kubernetes does not update such files/,
      /without subPath/,
    ],
  ])('%s', (_, overrides, conclusion, next) => {
    const concluded = concludePod(findings(overrides), { cluster: 'stage' });
    expect(concluded.conclusion).toMatch(conclusion);
    if (next === undefined) expect(concluded.next).toBeUndefined();
    else expect(concluded.next).toMatch(next);
  });

  it('is about its worst Secret', () => {
    const waiting = {
      ...given,
      secret: 'aws-iam-mail',
      outcome: 'waiting' as const,
      conclusion: 'soon',
      next: 'wait',
    };
    const withheld = {
      ...waiting,
      secret: 'aws-iam-admin',
      outcome: 'withheld' as const,
      conclusion: 'never',
    };
    const secrets = [given, waiting, withheld].map((one) => ({ ...one, mounts: [mount] }));
    expect(concludePod(findings({ secrets }), {})).toEqual({
      conclusion: 'Pod shop/web does not get Secret aws-iam-admin: never',
      next: 'wait',
    });
  });
});
