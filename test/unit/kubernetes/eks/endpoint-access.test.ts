import type { VpcConfigResponse } from '@aws-sdk/client-eks';
import { describe, expect, it } from 'vitest';
import {
  accessProblem,
  endpointAccessOf,
  type FunctionNetwork,
} from '../../../../kubernetes/eks/endpoint-access.ts';

const CLUSTER_VPC = 'vpc-0cccccccc';
const CLUSTER_GROUP = 'sg-0cccccccc';
const BASE = { vpcId: CLUSTER_VPC, clusterSecurityGroupId: CLUSTER_GROUP };
const OFFICE = ['203.0.113.0/24', '2001:db8::/32'];

const PUBLIC = { ...BASE, endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] };
const PUBLIC_V6 = { ...PUBLIC, publicAccessCidrs: ['0.0.0.0/0', '::/0'] };
const RESTRICTED = { ...PUBLIC, publicAccessCidrs: OFFICE };
const BOTH = { ...PUBLIC, endpointPrivateAccess: true };
const RESTRICTED_BOTH = { ...RESTRICTED, endpointPrivateAccess: true };
const PRIVATE = { ...BASE, endpointPublicAccess: false, endpointPrivateAccess: true };

const OUTSIDE = undefined;
const SAME_VPC = { vpcId: CLUSTER_VPC, securityGroupIds: [] };
const SAME_VPC_KNOWN = { vpcId: CLUSTER_VPC, securityGroupIds: ['sg-0aaaaaaaa', 'sg-0bbbbbbbb'] };
const OTHER_VPC = { vpcId: 'vpc-0aaaaaaaa', securityGroupIds: [] };

const SET_VPC = `Set "vpc" in cdk.json to subnets and security groups in ${CLUSTER_VPC}, allow port 443 from these security groups in the cluster security group ${CLUSTER_GROUP}, and deploy the stack`;
const ENABLE =
  'aws eks update-cluster-config --name blue --resources-vpc-config endpointPrivateAccess=true';

/** Whether it is certain, the cause, and the remedy; null for no problem. */
type Expected = readonly [isCertain: boolean, cause: RegExp, remedy: string] | null;

describe('a function', () => {
  it.each<[string, FunctionNetwork | undefined, VpcConfigResponse | undefined, Expected]>([
    ['outside of any VPC reaches a public endpoint', OUTSIDE, PUBLIC, null],
    [
      'outside of any VPC reaches a public endpoint of a cluster with IPv6',
      OUTSIDE,
      PUBLIC_V6,
      null,
    ],
    ['outside of any VPC reaches an endpoint with both', OUTSIDE, BOTH, null],
    ['outside of any VPC may reach an endpoint of unknown access', OUTSIDE, undefined, null],
    [
      'outside of any VPC may reach an endpoint of unknown ranges',
      OUTSIDE,
      { ...PUBLIC, publicAccessCidrs: [] },
      null,
    ],
    [
      'outside of any VPC never reaches a private endpoint',
      OUTSIDE,
      PRIVATE,
      [true, /^Its API endpoint is private \(endpointPublicAccess: false\)/, SET_VPC],
    ],
    [
      'outside of any VPC has no fixed address for publicAccessCidrs',
      OUTSIDE,
      RESTRICTED_BOTH,
      [false, /admits only 203\.0\.113\.0\/24, 2001:db8::\/32 \(publicAccessCidrs\)/, SET_VPC],
    ],
    [
      'outside of any VPC needs a NAT gateway if the endpoint is public only',
      OUTSIDE,
      RESTRICTED,
      [
        false,
        /admits only 203\.0\.113\.0\/24/,
        `subnets behind a NAT gateway, add the address of the gateway to publicAccessCidrs, and deploy the stack; or enable the private endpoint as well: ${ENABLE}`,
      ],
    ],
    [
      'is not reached over IPv6',
      OUTSIDE,
      { ...RESTRICTED, publicAccessCidrs: ['::/0'] },
      [false, /admits only ::\/0/, 'NAT gateway'],
    ],
    [
      'in the VPC needs a rule',
      SAME_VPC,
      PRIVATE,
      [
        false,
        /^The function is in vpc-0cccccccc/,
        `Allow port 443 from the security groups of the setting "vpc" in the cluster security group ${CLUSTER_GROUP}: aws ec2 authorize-security-group-ingress --group-id ${CLUSTER_GROUP} --protocol tcp --port 443 --source-group SECURITY_GROUP`,
      ],
    ],
    [
      'in the VPC needs a rule for its own groups',
      SAME_VPC_KNOWN,
      RESTRICTED_BOTH,
      [
        false,
        /^The function is in vpc-0cccccccc/,
        'Allow port 443 from sg-0aaaaaaaa, sg-0bbbbbbbb in',
      ],
    ],
    [
      'in the VPC leaves it if there is no private endpoint',
      SAME_VPC,
      PUBLIC,
      [
        false,
        /\(endpointPrivateAccess: false\), so that the function leaves vpc-0cccccccc/,
        ENABLE,
      ],
    ],
    [
      'in the VPC leaves it with an address that is not listed',
      SAME_VPC,
      RESTRICTED,
      [
        false,
        /admits only 203\.0\.113\.0\/24/,
        'a NAT gateway whose address is in publicAccessCidrs',
      ],
    ],
    [
      'in another VPC needs a connection',
      OTHER_VPC,
      PRIVATE,
      [
        false,
        /^The function is in vpc-0aaaaaaaa, the cluster in vpc-0cccccccc$/,
        'or connect the VPCs, let vpc-0aaaaaaaa resolve the private addresses',
      ],
    ],
    [
      'in another VPC leaves it too',
      OTHER_VPC,
      PUBLIC,
      [false, /leaves vpc-0aaaaaaaa/, 'NAT gateway'],
    ],
    [
      'in a VPC, of a cluster that EKS does not describe in full',
      SAME_VPC,
      { endpointPrivateAccess: true },
      [false, /^The function is in vpc-0cccccccc/, 'in the cluster security group: aws ec2'],
    ],
  ])('%s', (_, network, config, expected) => {
    const problem = accessProblem('blue', endpointAccessOf(config), network);
    if (expected === null) return expect(problem).toBeUndefined();
    const [isCertain, cause, remedy] = expected;
    expect(problem).toEqual({
      isCertain,
      cause: expect.stringMatching(cause),
      remedy: expect.stringContaining(remedy),
    });
    expect(problem?.remedy).not.toMatch(/undefined|\.$/);
  });
});

describe('a description of unexpected types', () => {
  it.each<[string, object]>([
    ['ranges that are no list', { publicAccessCidrs: '0.0.0.0/0' }],
    [
      'ranges that are no ranges',
      { publicAccessCidrs: [1, null, 'x; rm -rf /', 'a'.repeat(9_999)] },
    ],
    ['IDs that are no IDs', { vpcId: 'vpc-1; reboot', clusterSecurityGroupId: {} }],
  ])('has no part in a message: %s', (_, config) => {
    const access = endpointAccessOf(config as VpcConfigResponse);
    expect(access).toMatchObject({ onlyFrom: [], vpcId: undefined, securityGroupId: undefined });
  });

  it('with many ranges is shortened', () => {
    const publicAccessCidrs = Array.from({ length: 40 }, (_, i) => `203.0.113.${i}/32`);
    const problem = accessProblem('blue', endpointAccessOf({ publicAccessCidrs }), undefined);
    expect(problem?.cause).toContain('203.0.113.9/32, 30 more (');
  });
});
