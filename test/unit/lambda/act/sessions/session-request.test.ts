import { describe, expect, it } from 'vitest';
import { sessionRequest } from '../../../../../lambda/act/sessions/assume-role.ts';
import { denialRemedy } from '../../../../../lambda/act/sessions/denial-remedy.ts';

const TARGET = {
  roleArn: 'arn:aws:iam::123456789012:role/pods/orders',
  namespace: 'shop',
  clusterName: 'prod',
};
const CLUSTER_ARN = 'arn:aws:eks:eu-central-1:123456789012:cluster/prod';
const INTERMEDIATE = 'arn:aws:iam::123456789012:role/pod-roles';
const ALL = {
  nameForm: 'namespace',
  source: 'role',
  seconds: 3_600,
  clusterArnTag: CLUSTER_ARN,
  externalId: 'handshake',
  intermediateRoleArn: INTERMEDIATE,
} as const;

describe('the request for a session', () => {
  it.each([
    ['namespace', 'shop@prod'],
    ['seed', 'orders-session'],
    ['zalando', '123456789012.pods.orders'],
  ] as const)(
    'has the session name of form %s: %s, and nothing that is not configured',
    (nameForm, name) => {
      expect(sessionRequest({ nameForm, source: 'role', seconds: 3_600 }, TARGET).input).toEqual({
        RoleArn: TARGET.roleArn,
        RoleSessionName: name,
      });
    },
  );

  it('has the external ID, and the tags of EKS Pod Identity, all of them transitive', () => {
    expect(sessionRequest(ALL, TARGET).input).toEqual({
      RoleArn: TARGET.roleArn,
      RoleSessionName: 'shop@prod',
      ExternalId: 'handshake',
      Tags: [
        { Key: 'eks-cluster-arn', Value: CLUSTER_ARN },
        { Key: 'eks-cluster-name', Value: 'prod' },
        { Key: 'kubernetes-namespace', Value: 'shop' },
      ],
      TransitiveTagKeys: ['eks-cluster-arn', 'eks-cluster-name', 'kubernetes-namespace'],
    });
  });
});

describe('the remedy', () => {
  const remedyOf = (settings: object) =>
    denialRemedy(
      '',
      sessionRequest({ nameForm: 'namespace', source: 'role', seconds: 3_600, ...settings }, TARGET)
        .denial,
    );

  it.each([
    [
      {},
      "The role does not exist, or its trust policy does not name this account's refresher role",
    ],
    [
      { clusterArnTag: CLUSTER_ARN },
      'sts:TagSession in addition to sts:AssumeRole (setting sessionTags)',
    ],
    [{ externalId: 'handshake' }, 'sts:ExternalId other than the one in the setting externalId'],
    [
      { intermediateRoleArn: INTERMEDIATE },
      `does not name the intermediate role ${INTERMEDIATE} (setting assumeRole), or the policy of the intermediate role does not allow sts:AssumeRole on it`,
    ],
    [ALL, 'the intermediate role does not allow sts:AssumeRole, sts:TagSession on it'],
  ])('names the settings that may cause the denial: %j', (settings, text) => {
    expect(remedyOf(settings)).toContain(text);
  });

  it('names no setting that is not configured', () => {
    expect(remedyOf({})).not.toMatch(/setting|TagSession|ExternalId/);
  });

  it('does not contain the external ID', () => {
    expect(remedyOf(ALL)).not.toContain('handshake');
  });
});
