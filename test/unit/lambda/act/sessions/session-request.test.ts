import { describe, expect, it } from 'vitest';
import { sessionRequest } from '../../../../../lambda/act/sessions/assume-role.ts';

const OWNER = {
  roleArn: 'arn:aws:iam::123456789012:role/pods/orders',
  namespace: 'shop',
  clusterName: 'prod',
};
const CLUSTER_ARN = 'arn:aws:eks:eu-central-1:123456789012:cluster/prod';
const INTERMEDIATE = 'arn:aws:iam::123456789012:role/pod-roles';
const ALL = {
  nameForm: 'namespace',
  clusterArnTag: CLUSTER_ARN,
  externalId: 'handshake',
  intermediateRoleArn: INTERMEDIATE,
} as const;

describe('the request for a session', () => {
  it.each([
    ['namespace', 'shop@prod'],
    ['seed', 'orders-session'],
    ['zalando', '123456789012.pods.orders'],
  ] as const)('of the form %s is named %s, and holds nothing that is not set', (nameForm, name) => {
    expect(sessionRequest({ nameForm }, OWNER).input).toEqual({
      RoleArn: OWNER.roleArn,
      RoleSessionName: name,
    });
  });

  it('has the external id and, all transitive, the tags of EKS Pod Identity', () => {
    expect(sessionRequest(ALL, OWNER).input).toEqual({
      RoleArn: OWNER.roleArn,
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
    sessionRequest({ nameForm: 'namespace', ...settings }, OWNER).remedy;

  it.each([
    [
      {},
      "The role does not exist, or its trust policy does not name this account's refresher role",
    ],
    [{ clusterArnTag: CLUSTER_ARN }, 'sts:TagSession beside sts:AssumeRole (setting sessionTags)'],
    [{ externalId: 'handshake' }, 'sts:ExternalId that is not that of the setting externalId'],
    [
      { intermediateRoleArn: INTERMEDIATE },
      `does not name the intermediate role ${INTERMEDIATE} (setting assumeRole), or the policy of the intermediate role does not allow sts:AssumeRole on it`,
    ],
    [ALL, 'the intermediate role does not allow sts:AssumeRole, sts:TagSession on it'],
  ])('with %j names the settings that have a part in it', (settings, text) => {
    expect(remedyOf(settings)).toContain(text);
  });

  it('names nothing that is not set', () => {
    expect(remedyOf({})).not.toMatch(/setting|TagSession|ExternalId/);
  });

  it('does not tell the external id', () => {
    expect(remedyOf(ALL)).not.toContain('handshake');
  });
});
