import type { Cluster } from '@aws-sdk/client-eks';
import { describe, expect, it } from 'vitest';
import { eksClusterEndpoint } from '../../../../kubernetes/eks/cluster-endpoint.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const ACTIVE: Cluster = {
  status: 'ACTIVE',
  endpoint: 'https://0123.gr7.eu-central-1.eks.amazonaws.com',
  certificateAuthority: { data: Buffer.from(PEM).toString('base64') },
  accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
};

/** An EKS API with one cluster, or one that fails. */
function eksWith(answer: Cluster | Error) {
  const asked: (string | undefined)[] = [];
  const endpoint = eksClusterEndpoint(
    {
      async send({ input }) {
        asked.push(input.name);
        if (answer instanceof Error) throw answer;
        return { cluster: answer, $metadata: {} };
      },
    },
    'blue',
  );
  return { endpoint, asked };
}

function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

describe('the endpoint of an EKS cluster', () => {
  it('is its URL and its certificate authority as PEM, looked up once', async () => {
    const { endpoint, asked } = eksWith(ACTIVE);
    expect(await endpoint.get()).toMatchObject({ url: ACTIVE.endpoint, certificateAuthority: PEM });
    await endpoint.get();
    expect(asked).toEqual(['blue']);
  });

  it('is looked up again after it was invalidated', async () => {
    const { endpoint, asked } = eksWith(ACTIVE);
    endpoint.invalidate(await endpoint.get());
    await endpoint.get();
    expect(asked).toHaveLength(2);
  });

  it.each(['API', 'API_AND_CONFIG_MAP'] as const)(
    'exists with authentication mode %s',
    async (authenticationMode) => {
      const { endpoint } = eksWith({ ...ACTIVE, accessConfig: { authenticationMode } });
      await expect(endpoint.get()).resolves.toBeDefined();
    },
  );

  it('comes with the access to it', async () => {
    const resourcesVpcConfig = { endpointPublicAccess: false, endpointPrivateAccess: true };
    const { endpoint } = eksWith({ ...ACTIVE, resourcesVpcConfig });
    expect(await endpoint.get()).toMatchObject({ access: { isPublic: false, isPrivate: true } });
  });

  it('can be that of a cluster with IPv6 addresses', async () => {
    const url = 'https://0123.eu-central-1.api.aws';
    const { endpoint } = eksWith({ ...ACTIVE, endpoint: url });
    expect(await endpoint.get()).toMatchObject({ url });
  });

  it('exists while the cluster is being updated', async () => {
    const { endpoint } = eksWith({ ...ACTIVE, status: 'UPDATING' });
    await expect(endpoint.get()).resolves.toBeDefined();
  });

  it.each<[string, Cluster | Error, string, RegExp]>([
    [
      'does not support access entries',
      { ...ACTIVE, accessConfig: { authenticationMode: 'CONFIG_MAP' } },
      'ClusterSetupError',
      /"blue".*CONFIG_MAP.*aws eks update-cluster-config --name blue --access-config authenticationMode=API_AND_CONFIG_MAP/,
    ],
    [
      'is being created',
      { status: 'CREATING' },
      'ClusterUnreachableError',
      /"blue".*CREATING.*Wait/,
    ],
    [
      'is being deleted',
      { ...ACTIVE, status: 'DELETING' },
      'ClusterSetupError',
      /"blue".*DELETING/,
    ],
    ['has failed', { ...ACTIVE, status: 'FAILED' }, 'ClusterSetupError', /"blue".*FAILED/],
    ['has an empty description', {}, 'ClusterUnreachableError', /no endpoint yet/],
    [
      'has an empty certificate authority',
      { ...ACTIVE, certificateAuthority: { data: '' } },
      'ClusterSetupError',
      /without a certificate authority/,
    ],
    [
      'has an unencrypted endpoint',
      { ...ACTIVE, endpoint: 'http://cluster.test' },
      'ClusterSetupError',
      /without an https endpoint/,
    ],
    [
      'has an endpoint that is not a URL',
      { ...ACTIVE, endpoint: 'https://' },
      'ClusterSetupError',
      /without an https endpoint/,
    ],
    [
      'has a certificate authority that is not a string',
      { ...ACTIVE, certificateAuthority: { data: true as never } },
      'ClusterSetupError',
      /without a certificate authority/,
    ],
    [
      'does not exist',
      awsError('ResourceNotFoundException', 'No cluster found for name: blue.'),
      'ClusterSetupError',
      /EKS cluster "blue" does not exist.*No cluster found.*Fix the cluster's name/,
    ],
    [
      'must not be described',
      awsError('AccessDeniedException', 'not authorized'),
      'ClusterSetupError',
      /not allowed to describe EKS cluster "blue".*eks:DescribeCluster/,
    ],
    [
      'cannot be looked up',
      awsError('TimeoutError', 'connect timed out'),
      'ClusterUnreachableError',
      /cluster "blue".*connect timed out.*interface endpoint/,
    ],
  ])('is an error with a remedy when the cluster %s', async (_, answer, name, message) => {
    const { endpoint } = eksWith(answer);
    await expect(endpoint.get()).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });

  it('truncates a response that is longer than any of EKS', async () => {
    const { endpoint } = eksWith(awsError('ServerException'.repeat(99), 'x'.repeat(99_999)));
    const error = await endpoint.get().catch((thrown: Error) => thrown);
    expect(String(error).length).toBeLessThan(2_000);
  });
});
