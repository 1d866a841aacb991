import { describe, expect, it } from 'vitest';
import { clusterArn, parseClusterArn } from '../../../../contract/aws/cluster-arn.ts';

const PARTS = {
  partition: 'aws-us-gov',
  region: 'us-gov-west-1',
  account: '123456789012',
  clusterName: 'prod_1',
};
const ARN = 'arn:aws-us-gov:eks:us-gov-west-1:123456789012:cluster/prod_1';

describe('the ARN of a cluster', () => {
  it('is built from its parts and taken apart again', () => {
    expect(clusterArn(PARTS)).toBe(ARN);
    expect(parseClusterArn(ARN)).toEqual(PARTS);
  });

  it.each(['', 'prod', `${ARN}/x`, ARN.replace('eks', 'iam'), ARN.replace('123456789012', '12')])(
    'is not %j',
    (text) => {
      expect(parseClusterArn(text)).toBeUndefined();
    },
  );
});
