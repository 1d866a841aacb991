import { describe, expect, it } from 'vitest';
import {
  createFingerprint,
  type SessionConfig,
  type SessionSettings,
} from '../../../../lambda/decide/configured-session.ts';

const FORWARDER = 'arn:aws:iam::123456789012:role/forwarder';
const ALL = {
  nameForm: 'namespace',
  source: 'role',
  seconds: 3_600,
  clusterArnTag: 'arn:aws:eks:eu-central-1:123456789012:cluster/prod',
  externalId: 'handshake',
  intermediateRoleArn: 'arn:aws:iam::123456789012:role/pod-roles',
} as const;
const SUBJECT = {
  namespace: 'shop',
  roleArn: 'arn:aws:iam::123456789012:role/orders',
  sessionSeconds: 3_600,
};

const configOf = (
  sessions: SessionSettings = ALL,
  changes: Partial<SessionConfig> = {},
): SessionConfig => ({
  sessions,
  clusterName: 'prod',
  policy: { forwarderRoleArn: FORWARDER },
  ...changes,
});
const fingerprint = (
  sessions: SessionSettings = ALL,
  subject: Partial<typeof SUBJECT> = {},
  changes: Partial<SessionConfig> = {},
) => createFingerprint(configOf(sessions, changes))({ ...SUBJECT, ...subject });

describe('the fingerprint of a session', () => {
  it('has 32 bits and is stable', () => {
    expect(fingerprint()).toMatch(/^[0-9a-f]{8}$/);
    expect(fingerprint()).toBe(fingerprint());
  });

  it.each([
    ['the role', fingerprint(ALL, { roleArn: 'arn:aws:iam::210987654321:role/orders' })],
    ['the namespace', fingerprint(ALL, { namespace: 'bank' })],
    ['the duration', fingerprint(ALL, { sessionSeconds: 900 })],
    ['the form of the name', fingerprint({ ...ALL, nameForm: 'seed' })],
    ['the name of the cluster', fingerprint(ALL, {}, { clusterName: 'staging' })],
    ['the tags', fingerprint({ ...ALL, clusterArnTag: `${ALL.clusterArnTag}-2` })],
    ['the external ID', fingerprint({ ...ALL, externalId: 'another' })],
    [
      'the intermediate role',
      fingerprint({ ...ALL, intermediateRoleArn: `${ALL.intermediateRoleArn}-2` }),
    ],
    ['who opens it', fingerprint({ ...ALL, source: 'oidc' })],
    ['whether there are tags', fingerprint(without('clusterArnTag'))],
    ['whether there is an external ID', fingerprint(without('externalId'))],
    ['whether there is an intermediate role', fingerprint(without('intermediateRoleArn'))],
  ])('depends on %s', (_, other) => {
    expect(other).not.toBe(fingerprint());
  });

  it('of the forwarder does not depend on the settings, as its session does not', () => {
    const subject = { namespace: 'kube-aws-iam', roleArn: FORWARDER };
    expect(fingerprint(ALL, subject)).toBe(
      fingerprint({ nameForm: 'zalando', source: 'role', seconds: 3_600 }, subject),
    );
    expect(fingerprint(ALL, { roleArn: FORWARDER })).not.toBe(
      fingerprint({ nameForm: 'zalando', source: 'role', seconds: 3_600 }, { roleArn: FORWARDER }),
    );
  });

  it('reveals at most 16 bits of the external ID, however many Secrets there are', () => {
    const subjects = Array.from({ length: 4 }, (_, index) => ({ namespace: `n-${index}` }));
    const fingerprints = (externalId: string) =>
      subjects.map((subject) => fingerprint({ ...ALL, externalId }, subject)).join();
    // Two external IDs whose hashes begin with the same 16 bits: nobody can tell them apart.
    expect(fingerprints('id-104')).toBe(fingerprints('id-109'));
    expect(fingerprints('id-104')).not.toBe(fingerprints('id-105'));
  });
});

function without(name: keyof typeof ALL): SessionSettings {
  const { [name]: _, ...others } = ALL;
  return others as SessionSettings;
}
