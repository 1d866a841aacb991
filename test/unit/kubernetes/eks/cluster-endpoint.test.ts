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

/** EKS that knows one cluster, or fails. */
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
  it('is its URL and its certificate authority as PEM, asked for once', async () => {
    const { endpoint, asked } = eksWith(ACTIVE);
    expect(await endpoint.get()).toEqual({ url: ACTIVE.endpoint, certificateAuthority: PEM });
    await endpoint.get();
    expect(asked).toEqual(['blue']);
  });

  it('is asked for again when it is found wrong', async () => {
    const { endpoint, asked } = eksWith(ACTIVE);
    endpoint.invalidate(await endpoint.get());
    await endpoint.get();
    expect(asked).toHaveLength(2);
  });

  it.each(['API', 'API_AND_CONFIG_MAP'] as const)(
    'is there with authentication mode %s',
    async (authenticationMode) => {
      const { endpoint } = eksWith({ ...ACTIVE, accessConfig: { authenticationMode } });
      await expect(endpoint.get()).resolves.toBeDefined();
    },
  );

  it('is there while the cluster is being updated', async () => {
    const { endpoint } = eksWith({ ...ACTIVE, status: 'UPDATING' });
    await expect(endpoint.get()).resolves.toBeDefined();
  });

  it.each<[string, Cluster | Error, string, RegExp]>([
    [
      'takes no access entries',
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
    ['is described as nothing', {}, 'ClusterUnreachableError', /no endpoint yet/],
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
      'has an endpoint that is no address',
      { ...ACTIVE, endpoint: 'https://' },
      'ClusterSetupError',
      /without an https endpoint/,
    ],
    [
      'has a certificate authority that is no text',
      { ...ACTIVE, certificateAuthority: { data: true as never } },
      'ClusterSetupError',
      /without a certificate authority/,
    ],
    [
      'does not exist',
      awsError('ResourceNotFoundException', 'No cluster found for name: blue.'),
      'ClusterSetupError',
      /no EKS cluster "blue".*No cluster found.*Correct the cluster's name/,
    ],
    [
      'may not be described',
      awsError('AccessDeniedException', 'not authorized'),
      'ClusterSetupError',
      /may not describe EKS cluster "blue".*eks:DescribeCluster/,
    ],
    [
      'cannot be asked about',
      awsError('TimeoutError', 'connect timed out'),
      'ClusterUnreachableError',
      /cluster "blue".*connect timed out.*interface endpoint/,
    ],
  ])('is an error with the remedy when the cluster %s', async (_, answer, name, message) => {
    const { endpoint } = eksWith(answer);
    await expect(endpoint.get()).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });

  it('quotes only the beginning of an answer that is longer than any of EKS', async () => {
    const { endpoint } = eksWith(awsError('ServerException'.repeat(99), 'x'.repeat(99_999)));
    const error = await endpoint.get().catch((thrown: Error) => thrown);
    expect(String(error).length).toBeLessThan(2_000);
  });
});
