import { describe, expect, it } from 'vitest';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../../../lambda/decide/plan-sweep.ts';
import { isTurnOf } from '../../../../lambda/decide/secret-state.ts';
import type { ManagedSecret } from '../../../../lambda/observe/managed-secrets.ts';
import {
  aContext,
  anAwsIamRole,
  aPod,
  aSecret,
  aView,
  iso,
  minutes,
  ofAwsIamRole,
} from '../../../support/builders/builders.ts';

const NAMES = Array.from({ length: 1_000 }, (_, index) => `aws-iam-app-${index}`);
/** The minutes of two periods. */
const MINUTES = Array.from({ length: 10 }, (_, minute) => minute);
const FORMER_ROLE = 'arn:aws:iam::210987654321:role/former';

const outdated = (changes: Record<string, string> = {}) => ({
  'kube-aws-iam/session': '00000000',
  'kube-aws-iam/role-arn': FORMER_ROLE,
  ...changes,
});

/** The names of the Secrets that a refresh renews in a minute. */
function renewed(secrets: readonly ManagedSecret[], minute: number, extra: object = {}) {
  const view = aView({ secrets, ...extra });
  const { items } = planRefresh(aContext(view, minutes(minute)), view);
  return items.filter(({ action }) => action === 'renew').map(({ name }) => name);
}

describe('the turn of a Secret', () => {
  const secrets = NAMES.map((name) => ({ namespace: 'shop', name }));

  it('comes in each period of five minutes, and lasts until its end', () => {
    for (const secret of secrets) {
      const turns = MINUTES.map((minute) => isTurnOf(secret, minutes(minute)));
      const first = turns.indexOf(true);
      expect(first).toBeLessThan(5);
      const period = Array.from({ length: 5 }, (_, minute) => minute >= first);
      expect(turns).toEqual([...period, ...period]);
    }
  });

  it('is spread evenly over the period', () => {
    const counts = MINUTES.slice(0, 5).map(
      (minute) => secrets.filter((secret) => isTurnOf(secret, minutes(minute))).length,
    );
    const perMinute = counts.map((count, minute) => count - (counts[minute - 1] ?? 0));
    for (const count of perMinute) {
      expect(count).toBeGreaterThan(140);
      expect(count).toBeLessThan(260);
    }
  });
});

describe.each([
  ['of another configuration', outdated()],
  ['of an unknown configuration', { 'kube-aws-iam/session': '' }],
])('credentials %s', (_, annotations) => {
  const secrets = NAMES.map((name) => aSecret(name, { annotations }));

  it('are renewed within five minutes, a part in each', () => {
    const seen = new Set<string>();
    for (const minute of [0, 1, 2, 3, 4]) {
      const now = renewed(secrets, minute);
      expect(now.length).toBeGreaterThan(seen.size);
      for (const name of now) seen.add(name);
    }
    expect(seen.size).toBe(NAMES.length);
  });

  it('are not renewed for Secrets that nobody uses', () => {
    const marked = secrets.map((secret) => ({
      ...secret,
      annotations: { ...secret.annotations, 'kube-aws-iam/unused-since': iso(minutes(-1)) },
    }));
    for (const minute of MINUTES) expect(renewed(marked, minute)).toEqual([]);
  });

  it('are renewed by a sweep if a pod uses them', () => {
    const pod = aPod('web', NAMES.slice(0, 20));
    const view = aView({ secrets: secrets.slice(0, 20), pods: [pod] });
    const { items } = planSweep(aContext(view, minutes(4)), view, false);
    expect(new Set(items.map(({ action }) => action))).toEqual(new Set(['renew']));
  });

  it('wait for their turn when they do not belong to a pod', () => {
    const [secret] = secrets;
    const early = MINUTES.filter((minute) => secret && !isTurnOf(secret, minutes(minute)));
    for (const minute of early) expect(renewed(secret ? [secret] : [], minute)).toEqual([]);
  });
});

describe('the credentials of an AWSIAMRole', () => {
  const resource = anAwsIamRole('reports');
  const secretOf = (annotations: Record<string, string>, generation = '1') => {
    const owned = ofAwsIamRole(resource, generation);
    return aSecret('reports', { ...owned, annotations: { ...owned.annotations, ...annotations } });
  };
  const plan = (secret: ManagedSecret, minute: number) => {
    const view = aView({ secrets: [secret], awsIamRoles: [resource] });
    return planRefresh(aContext(view, minutes(minute)), view).items[0];
  };

  it('are renewed when it is their turn, and until then the item names their role', () => {
    const secret = secretOf(outdated());
    const actions = MINUTES.slice(0, 5).map((minute) => plan(secret, minute)?.action);
    expect(actions.at(-1)).toBe('renew');
    for (const minute of MINUTES.filter((one) => !isTurnOf(secret, minutes(one)))) {
      expect(plan(secret, minute)).toMatchObject({
        action: 'keep',
        roleArn: expect.stringMatching(/reports$/),
        outdated: { roleArn: FORMER_ROLE },
      });
    }
  });

  it('are renewed at once when the spec has changed', () => {
    for (const minute of MINUTES) {
      expect(plan(secretOf(outdated(), '0'), minute)?.action).toBe('renew');
    }
  });

  it.each(['not an ARN', 'arn:aws:iam::1:user/x', `${FORMER_ROLE}\n`, ''])(
    'are of an unknown role if the annotation is %j',
    (roleArn) => {
      const secret = secretOf(outdated({ 'kube-aws-iam/role-arn': roleArn }));
      expect(plan(secret, 0)).toMatchObject({ outdated: { roleArn: undefined } });
    },
  );

  it('are issued for the configured role, whatever the annotations say', () => {
    expect(plan(secretOf(outdated()), 4)).toMatchObject({
      action: 'renew',
      roleArn: 'arn:aws:iam::123456789012:role/reports',
    });
  });
});
