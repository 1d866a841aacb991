import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../contract/errors.ts';
import { FORWARDER_PORT } from '../../../contract/forwarder.ts';
import { readConfig } from '../../../forwarder/config.ts';

const RIGHT = {
  AWS_REGION: 'eu-west-1',
  EVENT_BUS_NAME: 'kube-aws-iam-prod',
  NAMESPACES: '["shop"]',
  EXCLUDED_NAMESPACES: '["kube-system"]',
  KUBERNETES_SERVICE_HOST: '10.0.0.1',
  KUBERNETES_SERVICE_PORT: '443',
};

describe('readConfig', () => {
  it('reads what chart and kubelet set, and fills in the rest', () => {
    expect(readConfig(RIGHT)).toEqual({
      region: 'eu-west-1',
      eventBusName: 'kube-aws-iam-prod',
      scope: { only: ['shop'], except: ['kube-system'] },
      apiServer: { host: '10.0.0.1', port: 443 },
      serviceAccountFolder: '/var/run/secrets/kubernetes.io/serviceaccount',
      port: FORWARDER_PORT,
    });
  });

  it('reads what is set beside them', () => {
    const config = readConfig({ ...RIGHT, PORT: '9000', SERVICE_ACCOUNT_FOLDER: '/folder' });
    expect(config).toMatchObject({ port: 9_000, serviceAccountFolder: '/folder' });
  });

  it.each(['fd00::1', '[fd00::1]'])('takes the IPv6 address %s', (host) => {
    const { apiServer } = readConfig({ ...RIGHT, KUBERNETES_SERVICE_HOST: host });
    expect(apiServer.host).toBe('fd00::1');
  });

  it('names all that is missing at once', () => {
    const read = () => readConfig({});
    expect(read).toThrow(ConfigError);
    for (const name of Object.keys(RIGHT)) expect(read).toThrow(`${name} is missing`);
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
  ])('refuses %s="%s", and quotes it', (name, value) => {
    expect(() => readConfig({ ...RIGHT, [name]: value })).toThrow(
      `1 mistake(s) in the environment:\n  - ${name} is ${JSON.stringify(value)}; it has to be `,
    );
  });
});
