import { DescribeClusterCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEks } from '../../../../../local/aws/eks/eks.ts';
import type { SessionCredentials } from '../../../../../local/aws/iam/session.ts';
import {
  ACCOUNT,
  allow,
  REFRESHER,
  REGION,
  startEmbeddedAws,
  trustService,
} from '../embedded-aws.ts';

const DEMO_ARN = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/demo`;

async function startWithEks() {
  const aws = await startEmbeddedAws();
  const eks = await startEks({ iam: aws.iam, clock: aws.clock, region: REGION });
  onTestFinished(() => eks.stop());
  const arn = `${REFRESHER}-eks`;
  aws.sts.addRole({
    arn,
    trustPolicy: trustService('lambda.amazonaws.com'),
    policies: [
      { name: 'describe', document: allow('eks:DescribeCluster', [DEMO_ARN, `${DEMO_ARN}-2`]) },
    ],
  });
  const { credentials } = aws.sts.issueServiceSession(arn, 'lambda.amazonaws.com', 'refresh');
  const describeCluster = (name: string, by: SessionCredentials = credentials) =>
    new EKSClient({ endpoint: eks.url, region: REGION, credentials: by, maxAttempts: 1 }).send(
      new DescribeClusterCommand({ name }),
    );
  return { ...aws, eks, credentials, describeCluster };
}

describe('DescribeCluster', () => {
  it('returns endpoint, certificate authority, status and authentication mode', async () => {
    const { eks, describeCluster } = await startWithEks();
    eks.addCluster({ name: 'demo', endpoint: 'https://127.0.0.1:6443', caPem: 'PEM' });
    const { cluster } = await describeCluster('demo');
    expect(cluster).toMatchObject({
      arn: DEMO_ARN,
      endpoint: 'https://127.0.0.1:6443',
      certificateAuthority: { data: Buffer.from('PEM').toString('base64') },
      status: 'ACTIVE',
      accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
    });
  });

  it('omits what a cluster that is being created does not have yet', async () => {
    const { eks, describeCluster } = await startWithEks();
    eks.addCluster({ name: 'demo', status: 'CREATING', authenticationMode: 'CONFIG_MAP' });
    const { cluster } = await describeCluster('demo');
    expect(cluster).toMatchObject({
      status: 'CREATING',
      accessConfig: { authenticationMode: 'CONFIG_MAP' },
    });
    expect(cluster?.endpoint).toBeUndefined();
    expect(cluster?.certificateAuthority).toBeUndefined();
  });

  it('does not find a cluster that does not exist', async () => {
    const { describeCluster } = await startWithEks();
    await expect(describeCluster('demo-2')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No cluster found for name: demo-2.',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('denies access to a cluster that no policy names, whether or not it exists', async () => {
    const { eks, describeCluster } = await startWithEks();
    eks.addCluster({ name: 'other' });
    await expect(describeCluster('other')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/refresher-eks/refresh is not authorized to perform: eks:DescribeCluster on resource: arn:aws:eks:${REGION}:${ACCOUNT}:cluster/other`,
    });
    expect(eks.calls).toMatchObject([
      { action: 'DescribeCluster', resource: 'other', errorCode: 'AccessDeniedException' },
    ]);
  });

  it.each([
    [{ secretAccessKey: 'x' }, 'InvalidSignatureException'],
    [{ accessKeyId: 'ASIAX' }, 'UnrecognizedClientException'],
  ])('rejects an invalid signature: %j', async (wrong, name) => {
    const { describeCluster, credentials } = await startWithEks();
    await expect(describeCluster('demo', { ...credentials, ...wrong })).rejects.toMatchObject({
      name,
    });
  });

  it('and DescribeAccessEntry are the only supported operations', async () => {
    const { eks, credentials } = await startWithEks();
    const client = new EKSClient({
      endpoint: eks.url,
      region: REGION,
      credentials,
      maxAttempts: 1,
    });
    await expect(client.send(new ListClustersCommand())).rejects.toMatchObject({
      name: 'NotImplemented',
      message:
        'The embedded eks does not support GET /clusters, only DescribeCluster, DescribeAccessEntry',
    });
  });
});
