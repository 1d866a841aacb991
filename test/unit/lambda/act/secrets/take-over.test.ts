import { beforeEach, describe, expect, it } from 'vitest';
import type { SecretMetadata } from '../../../../../contract/kubernetes/secret.ts';
import { createBackOff } from '../../../../../lambda/act/back-off.ts';
import { runPlan } from '../../../../../lambda/act/run-plan.ts';
import { AssumeRoleError } from '../../../../../lambda/act/sessions/assume-role-error.ts';
import { planRefresh } from '../../../../../lambda/decide/plan-refresh.ts';
import {
  aContext,
  anAwsIamRole,
  anOwner,
  aPod,
  aSecret,
  listing,
  minutes,
  ofAwsIamRole,
} from '../../../../support/builders/builders.ts';
import { FakeCluster } from '../../../../support/builders/fake-cluster.ts';

const NAME = 'aws-iam-orders';
const RESOURCE = anAwsIamRole(NAME, { roleReference: 'bar', labels: { team: 'a', app: 'b' } });
const OWNER = { apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', name: NAME, uid: RESOURCE.uid };

let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster();
  cluster.pods = [aPod('web', [NAME])];
  cluster.awsIamRoles = [RESOURCE];
});

function secret() {
  return cluster.secrets.get(`shop/${NAME}`);
}

/** Runs a refresh pass, and returns its results. */
async function refresh(secretMetadata: SecretMetadata = { labels: {}, annotations: {} }) {
  const view = {
    pods: listing(cluster.pods),
    secrets: listing([...cluster.secrets.values()]),
    namespaces: listing(cluster.namespaces),
    awsIamRoles: listing(cluster.awsIamRoles),
  };
  const { assumeRole, ...deps } = { ...cluster.deps(), backOff };
  const outcomes = await runPlan(
    {
      ...deps,
      secretMetadata,
      async assumeRole(request, signal) {
        if (denied.has(request.roleArn)) throw new AssumeRoleError('assume-role-denied', 'denied');
        return assumeRole(request, signal);
      },
    },
    planRefresh(aContext(view, cluster.now), view),
    new AbortController().signal,
  );
  return outcomes.map(
    (one) => `${one.result} ${one.role}${'reason' in one ? ` ${one.reason}` : ''}`,
  );
}

let backOff = createBackOff();
beforeEach(() => {
  backOff = createBackOff();
});
const denied = new Set<string>();
beforeEach(() => denied.clear());

describe('an AWSIAMRole of the name of a Secret for pods', () => {
  it('takes over the Secret, with its role, owner and labels, and without the unused mark', async () => {
    const annotations = { 'kube-aws-iam/unused-since': '2026-11-23T11:50:00Z' };
    cluster.put(
      aSecret(NAME, { annotations, labels: { heritage: 'kube-aws-iam-controller', theirs: 'x' } }),
    );
    expect(await refresh()).toEqual(['renewed bar']);
    expect(secret()).toMatchObject({
      owners: [OWNER],
      labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole', team: 'a', theirs: 'x' },
      data: { 'role-arn': 'arn:aws:iam::123456789012:role/bar' },
    });
    expect(secret()?.annotations).not.toHaveProperty('kube-aws-iam/unused-since');
    expect(await refresh()).toEqual(['kept bar']);
  });

  it('that is denied leaves it to the pods, which is renewed for them', async () => {
    denied.add('arn:aws:iam::123456789012:role/bar');
    cluster.put(aSecret(NAME, {}, minutes(5)));
    expect(await refresh()).toEqual(['failed bar assume-role-denied', 'renewed orders']);
    expect(secret()).toMatchObject({
      owners: [],
      data: { 'role-arn': expect.stringMatching(/orders$/) },
    });
    expect(await refresh()).toEqual(['failed bar assume-role-denied', 'kept orders']);
  });

  it('leaves it alone when somebody else becomes its owner meanwhile', async () => {
    cluster.put(aSecret(NAME, {}, minutes(5)));
    cluster.before = (step) => {
      if (!step.startsWith('change ')) return;
      cluster.before = () => {};
      cluster.put(aSecret(NAME, { owners: [anOwner()] }, minutes(5)));
    };
    const results = await refresh();
    expect(results[0]).toBe('refused bar owned-by-another');
    expect(secret()?.owners).toEqual([anOwner()]);
  });

  it('takes it over when a pod event creates it at the same moment', async () => {
    cluster.before = (step) => {
      if (!step.startsWith('create ')) return;
      cluster.before = () => {};
      cluster.put(aSecret(NAME));
    };
    expect(await refresh()).toEqual(['renewed bar']);
    expect(secret()?.owners).toEqual([OWNER]);
  });
});

it('a pod whose Secret becomes that of an AWSIAMRole meanwhile waits for the next pass', async () => {
  cluster.awsIamRoles = [];
  cluster.before = (step) => {
    if (!step.startsWith('create ')) return;
    cluster.before = () => {};
    cluster.put(aSecret(NAME, ofAwsIamRole(RESOURCE)));
  };
  expect(await refresh()).toEqual(['deferred orders changed-meanwhile']);
});

describe('a Secret that lost its owner', () => {
  it('gets it back with a renewal', async () => {
    cluster.put(aSecret(NAME, { ...ofAwsIamRole(RESOURCE), owners: [] }));
    expect(await refresh()).toEqual(['renewed bar']);
    expect(secret()?.owners).toEqual([OWNER]);
  });

  it('while it is created is adopted, not kept', async () => {
    cluster.before = (step) => {
      if (!step.startsWith('create ')) return;
      cluster.before = () => {};
      cluster.put(aSecret(NAME, { ...ofAwsIamRole(RESOURCE), owners: [] }));
    };
    expect(await refresh()).toEqual(['renewed bar']);
    expect(secret()?.owners).toEqual([OWNER]);
  });
});

describe('labels and annotations', () => {
  it('of the setting and the AWSIAMRole come and go with renewals, and others stay', async () => {
    const own = ofAwsIamRole(RESOURCE);
    cluster.put(aSecret(NAME, { ...own, labels: { ...own.labels, theirs: 'x' } }, minutes(5)));
    await refresh({ labels: { team: 'ops' }, annotations: { note: 'n' } });
    expect(secret()).toMatchObject({
      labels: { team: 'ops', app: 'b', theirs: 'x', type: 'awsiamrole' },
      annotations: { note: 'n' },
    });
    cluster.awsIamRoles = [{ ...RESOURCE, labels: {}, generation: 2 }];
    await refresh();
    expect(secret()?.labels).toEqual({ ...own.labels, theirs: 'x' });
    expect(Object.keys(secret()?.annotations ?? {}).sort()).toEqual([
      'kube-aws-iam/awsiamrole-generation',
      'kube-aws-iam/expires-at',
      'kube-aws-iam/role-arn',
      'kube-aws-iam/session',
    ]);
  });

  it('that somebody has changed are restored', async () => {
    cluster.awsIamRoles = [];
    cluster.put(
      aSecret(NAME, { labels: { heritage: 'kube-aws-iam-controller', a: 'changed' } }, minutes(5)),
    );
    await refresh({ labels: { a: '1' }, annotations: { b: '2' } });
    expect(secret()).toMatchObject({ labels: { a: '1' }, annotations: { b: '2' } });
  });
});

it('an immutable Secret is named as such, and after it is deleted, the next pass creates it', async () => {
  cluster.awsIamRoles = [];
  cluster.put(aSecret(NAME, {}, minutes(5)));
  cluster.immutable.add(`shop/${NAME}`);
  expect(await refresh()).toEqual(['failed orders secret-immutable']);
  cluster.secrets.clear();
  cluster.now = minutes(0.5);
  expect(await refresh()).toEqual(['created orders']);
});
