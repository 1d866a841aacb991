import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../contract/errors.ts';
import { FORWARDER_PORT } from '../../../contract/forwarder.ts';
import { readForwarderConfig } from '../../../forwarder/config.ts';

const VALID = {
  AWS_REGION: 'eu-west-1',
  EVENT_BUS_NAME: 'kube-aws-iam-prod',
  NAMESPACES: '["shop"]',
  EXCLUDED_NAMESPACES: '["kube-system"]',
  HEALTH_FOLDER: '/health',
  KUBERNETES_SERVICE_HOST: '10.0.0.1',
  KUBERNETES_SERVICE_PORT: '443',
};

describe('readForwarderConfig', () => {
  it('reads what the chart and the kubelet set, with defaults for the rest', () => {
    expect(readForwarderConfig(VALID)).toEqual({
      region: 'eu-west-1',
      eventBusName: 'kube-aws-iam-prod',
      scope: { only: ['shop'], except: ['kube-system'] },
      apiServer: { host: '10.0.0.1', port: 443 },
      serviceAccountFolder: '/var/run/secrets/kubernetes.io/serviceaccount',
      healthFolder: '/health',
      port: FORWARDER_PORT,
    });
  });

  it('reads optional variables', () => {
    const config = readForwarderConfig({
      ...VALID,
      PORT: '9000',
      SERVICE_ACCOUNT_FOLDER: '/folder',
    });
    expect(config).toMatchObject({ port: 9_000, serviceAccountFolder: '/folder' });
  });

  it.each(['fd00::1', '[fd00::1]'])('accepts the IPv6 address %s', (host) => {
    const { apiServer } = readForwarderConfig({ ...VALID, KUBERNETES_SERVICE_HOST: host });
    expect(apiServer.host).toBe('fd00::1');
  });

  it('reports all missing variables at once', () => {
    const read = () => readForwarderConfig({});
    expect(read).toThrow(ConfigError);
    for (const name of Object.keys(VALID)) expect(read).toThrow(`${name} is missing`);
  });

  it.each([
    ['AWS_REGION', ''],
    ['EVENT_BUS_NAME', 'a bus'],
    ['NAMESPACES', 'shop'],
    ['NAMESPACES', '[""]'],
    ['NAMESPACES', '{}'],
    ['EXCLUDED_NAMESPACES', 'kube-system'],
    ['KUBERNETES_SERVICE_HOST', 'https://host'],
    ['KUBERNETES_SERVICE_PORT', '0'],
    ['KUBERNETES_SERVICE_PORT', '443x'],
    ['PORT', '65536'],
    ['PORT', ''],
    ['SERVICE_ACCOUNT_FOLDER', ''],
    ['HEALTH_FOLDER', ''],
  ])('rejects %s="%s" and quotes it', (name, value) => {
    expect(() => readForwarderConfig({ ...VALID, [name]: value })).toThrow(
      `1 mistake(s) in the environment:\n  - ${name} is ${JSON.stringify(value)}; it must be `,
    );
  });
});
