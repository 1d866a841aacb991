import { describe, expect, it } from 'vitest';
import { readInClusterConfig } from '../../../in-cluster/config.ts';
import { FUNCTION_ENVIRONMENT } from '../../support/builders/function-environment.ts';

const OWN = {
  POD_NAME: 'kube-aws-iam-refresher-7d4-x2x',
  LOG_GROUP_NAME: '/kube-aws-iam/production',
  HEALTH_FOLDER: '/health',
  KUBERNETES_SERVICE_HOST: '10.0.0.1',
  KUBERNETES_SERVICE_PORT: '443',
};
const ENVIRONMENT = { ...FUNCTION_ENVIRONMENT, ...OWN };

describe('readInClusterConfig', () => {
  it('reads its own variables and those of the functions', () => {
    expect(readInClusterConfig(ENVIRONMENT)).toEqual({
      refresher: expect.objectContaining({ region: expect.any(String) }),
      podName: 'kube-aws-iam-refresher-7d4-x2x',
      logGroupName: '/kube-aws-iam/production',
      apiServer: { host: '10.0.0.1', port: 443 },
      serviceAccountFolder: '/var/run/secrets/kubernetes.io/serviceaccount',
      healthFolder: '/health',
      port: 8080,
    });
  });

  it('accepts an IPv6 address with brackets', () => {
    const config = readInClusterConfig({ ...ENVIRONMENT, KUBERNETES_SERVICE_HOST: '[fd00::1]' });
    expect(config.apiServer.host).toBe('fd00::1');
  });

  it.each([
    ...Object.keys(OWN).map((name) => [name, undefined] as const),
    ['POD_NAME', 'Not A Name'],
    ['LOG_GROUP_NAME', 'a b'],
    ['HEALTH_FOLDER', ''],
    ['KUBERNETES_SERVICE_HOST', 'a/b'],
    ['KUBERNETES_SERVICE_PORT', '0'],
    ['PORT', '65536'],
  ] as const)('reports %s=%s', (name, value) => {
    expect(() => readInClusterConfig({ ...ENVIRONMENT, [name]: value })).toThrow(
      `${name} is ${value === undefined ? 'missing' : JSON.stringify(value)}; it must be`,
    );
  });
});
