import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../local/api-client.ts';
import { type CallFault, STS_THROTTLING } from '../../local/aws/http/call-faults.ts';
import type { SessionCredentials } from '../../local/aws/iam/session.ts';
import type { StartEnvironmentProcess } from '../../local/aws/lambda/environment-process.ts';
import type { InvocationResult } from '../../local/aws/lambda/invocation.ts';
import type { FaultEffect, RequestFacts } from '../../local/kubernetes/server/faults.ts';
import { aBusEvent, aRequest } from '../support/builders/builders.ts';
import { awsIamRoles, HEADER, installAwsIamRoles } from '../support/chart/awsiamrole-definition.ts';
import { EVENTS, REFRESH, SWEEP } from '../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../support/deployment/embedded-deployment.ts';

/**
 * Searches for credentials where none may be. Every credential that the embedded AWS issues is random, so it can be searched
 * for: those of pod roles, and those that the functions sign with. The functions run at log level DEBUG through successes and
 * failures; then everything that they wrote and returned is searched for every credential.
 *
 * @param startProcess - starts the processes of the functions
 */
export function describeCredentialLeaks(startProcess?: StartEnvironmentProcess): void {
  let deployment: EmbeddedDeployment;
  let api: ApiClient;
  const results: InvocationResult[] = [];

  const NAMESPACE = '/api/v1/namespaces/shop';
  const TOKEN_PREFIX = 'k8s-aws-v1.';

  beforeAll(async () => {
    deployment = await deployEmbedded({ logLevel: 'DEBUG' }, undefined, startProcess);
    const { cluster } = deployment;
    api = apiClient({ ...cluster, token: cluster.adminToken });
    const annotations = { 'iam.amazonaws.com/allowed-roles': '["app-*"]' };
    await post('/api/v1/namespaces', { metadata: { name: 'shop', annotations } });
    await installAwsIamRoles(api);
    deployment.addPodRole('app-orders');
  });

  afterAll(async () => {
    await api.close();
    await deployment.stop();
  });

  async function post(path: string, body: object): Promise<void> {
    const { status } = await api.send('POST', path, { body });
    expect(status).toBe(201);
  }

  async function createPod(name: string, secretName: string): Promise<void> {
    const volumes = [{ name: 'aws-iam', secret: { secretName } }];
    const containers = [{ name: 'c', image: 'app' }];
    await post(`${NAMESPACE}/pods`, { metadata: { name }, spec: { containers, volumes } });
  }

  async function invoke(functionName: string, event: object): Promise<InvocationResult> {
    const result = await deployment.cloud.functions.invoke(functionName, event);
    results.push(result);
    return result;
  }

  let roles = 0;

  /** Creates a pod that waits for the Secret of a new role, for which no failure is backed off. */
  async function aWaitingPod(isTrusting = true): Promise<string> {
    const role = `app-${++roles}`;
    if (isTrusting) deployment.addPodRole(role);
    await createPod(`pod-of-${role}`, `aws-iam-${role}`);
    return role;
  }

  /** A response body of STS that contains the credentials of an issued session. */
  function bodyWithCredentials(): string {
    const { accessKeyId, secretAccessKey, sessionToken } = someCredentials();
    return `<SecretAccessKey>${secretAccessKey}</SecretAccessKey><AccessKeyId>${accessKeyId}</AccessKeyId><SessionToken>${sessionToken}`;
  }

  function someCredentials(): SessionCredentials {
    const session = deployment.cloud.issuedSessions().at(-1);
    if (session === undefined) throw new Error('no session was issued yet');
    return session.credentials;
  }

  const isWriteOfSecret = ({ method, path }: RequestFacts) =>
    method !== 'GET' && path.includes('/secrets');
  const always = () => true;

  describe('drives the functions', () => {
    it('without failures', async () => {
      await createPod('web', 'aws-iam-app-orders');
      await post(awsIamRoles('shop'), {
        ...HEADER,
        metadata: { name: 'reports' },
        spec: { roleReference: 'app-orders' },
      });
      for (const pass of ['refresh', 'check', 'refresh']) await invoke(REFRESH, { pass });
      await invoke(REFRESH, {
        pass: 'refresh',
        renew: 'arn:aws:iam::123456789012:role/app-orders',
      });
      await invoke(SWEEP, { pass: 'sweep' });
      const role = await aWaitingPod();
      const request = aRequest(`aws-iam-${role}`, { pod: `pod-of-${role}` });
      expect(await invoke(EVENTS, aBusEvent([request]))).toMatchObject({ kind: 'success' });
    });

    it.each<[string, () => CallFault]>([
      ['is throttling', () => STS_THROTTLING],
      ['drops the connection', () => ({ kind: 'drop' })],
      ['returns an incomplete session', () => ({ kind: 'garbage', body: bodyWithCredentials() })],
      [
        'quotes the request in its error',
        () => ({
          kind: 'error',
          status: 403,
          code: 'SignatureDoesNotMatch',
          message: `The Canonical String should have been x-amz-security-token:${someCredentials().sessionToken} ${bodyWithCredentials()}`,
        }),
      ],
      [
        'rejects the credentials of the function',
        () => ({
          kind: 'error',
          status: 403,
          code: 'ExpiredToken',
          message: 'The token is expired',
        }),
      ],
    ])('when STS %s', async (_, fault) => {
      const role = await aWaitingPod();
      const remove = deployment.cloud.sts.faults.add({
        effect: fault(),
        times: Number.POSITIVE_INFINITY,
        match: ({ action, resource }) =>
          action === 'AssumeRole' && resource?.endsWith(role) === true,
      });
      const result = await invoke(REFRESH, { pass: 'refresh' });
      remove();
      expect(result).toMatchObject({ payload: { report: { counts: { failed: 1 } } } });
      await api.send('DELETE', `${NAMESPACE}/pods/pod-of-${role}`);
    });

    it('when a role does not trust the refresher', async () => {
      await aWaitingPod(false);
      expect(await invoke(REFRESH, { pass: 'refresh' })).toMatchObject({
        payload: { report: { reasons: { 'assume-role-denied': 1 } } },
      });
      expect(await invoke(REFRESH, { pass: 'check' })).toMatchObject({
        payload: { roles: expect.arrayContaining([expect.objectContaining({ canAssume: false })]) },
      });
    });

    it.each<[string, FaultEffect, (request: RequestFacts) => boolean]>([
      ['quotes the written Secret', { kind: 'quote', status: 403 }, isWriteOfSecret],
      ['fails', { kind: 'refuse', status: 500 }, isWriteOfSecret],
      ['throttles', { kind: 'refuse', status: 429, retryAfterSeconds: 0 }, isWriteOfSecret],
      ['drops the connection', { kind: 'drop', when: 'before' }, isWriteOfSecret],
      [
        'closes the connection during the response',
        { kind: 'drop', when: 'mid-body' },
        isWriteOfSecret,
      ],
      ['rejects the token', { kind: 'refuse', status: 401 }, always],
      ['quotes the request of a read', { kind: 'quote', status: 403 }, always],
    ])('when the cluster %s', async (_, effect, match) => {
      const role = await aWaitingPod();
      const remove = deployment.cluster.faults.add({ effect, match, times: 40 });
      await invoke(REFRESH, { pass: 'refresh' });
      const request = aRequest(`aws-iam-${role}`, { pod: `pod-of-${role}` });
      await invoke(EVENTS, aBusEvent([request]));
      remove();
      await api.send('DELETE', `${NAMESPACE}/pods/pod-of-${role}`);
    });

    it('when an event is invalid', async () => {
      await invoke(REFRESH, { pass: 'everything', token: 'x' });
      await invoke(EVENTS, aBusEvent([{ namespace: 'shop' }]));
      expect(results.filter(({ kind }) => kind === 'error').length).toBeGreaterThan(0);
    });

    it('when a function crashes while it writes a Secret', async () => {
      await aWaitingPod();
      const { functions } = deployment.cloud;
      const remove = deployment.cluster.faults.add({
        effect: { kind: 'delay', milliseconds: 1_000 },
        // Crashes while the function holds the credentials.
        match: (request) => {
          if (!isWriteOfSecret(request)) return false;
          functions.crashRunning(REFRESH);
          return true;
        },
      });
      expect(await invoke(REFRESH, { pass: 'refresh' })).toMatchObject({
        kind: 'error',
        error: { errorType: 'Runtime.ExitError' },
      });
      remove();
      await invoke(REFRESH, { pass: 'refresh' });
    });
  });

  /** All forms in which a credential could be written by accident. */
  function credentialForms(): readonly string[] {
    const secrets = deployment.cloud
      .issuedSessions()
      .map(({ credentials }) => credentials)
      .flatMap(({ secretAccessKey, sessionToken }) => [
        secretAccessKey,
        sessionToken.slice(0, 100),
      ]);
    return [
      ...secrets,
      ...secrets.map((text) => JSON.stringify(text).slice(1, -1)),
      ...secrets.map((text) => encodeURIComponent(text)),
      ...secrets.map((text) => Buffer.from(text).toString('base64').slice(0, 40)),
      ...secrets.map((text) => Buffer.from(text).toString('hex').slice(0, 40)),
      // The format of bytes in Go.
      ...secrets.map((text) => [...Buffer.from(text.slice(0, 16))].join(' ')),
      TOKEN_PREFIX,
    ];
  }

  function credentialsIn(text: string): readonly string[] {
    return credentialForms().filter((form) => text.includes(form));
  }

  /** Everything in the cluster except for the values of Secrets. */
  async function clusterText(): Promise<string> {
    const paths = [
      '/api/v1/namespaces',
      '/api/v1/pods',
      '/apis/events.k8s.io/v1/events',
      awsIamRoles(),
    ];
    const lists = await Promise.all(paths.map((path) => api.send('GET', path)));
    const { body: secrets } = await api.send('GET', `${NAMESPACE}/secrets`);
    const items = secrets['items'] as readonly { readonly metadata: object }[];
    return JSON.stringify([lists, items.map(({ metadata }) => metadata)]);
  }

  describe('afterwards, credentials are', () => {
    it('in the Secrets, each in its own', async () => {
      const { body } = await api.send('GET', `${NAMESPACE}/secrets`);
      const items = body['items'] as unknown as readonly {
        readonly data: Record<string, string>;
      }[];
      expect(items.length).toBeGreaterThan(3);
      for (const { data } of items) {
        const values = Object.values(data).map((value) => Buffer.from(value, 'base64').toString());
        expect(credentialsIn(values.join('\n'))).not.toEqual([]);
      }
    });

    it('not in the logs, at any level, or in their metrics', () => {
      const { lines } = deployment.cloud.logs;
      expect(lines.filter(({ text }) => text.includes('"level":"DEBUG"'))).not.toEqual([]);
      expect(lines.filter(({ text }) => text.includes('CloudWatchMetrics'))).not.toEqual([]);
      expect(lines.filter(({ text }) => text.includes('crashed on request'))).not.toEqual([]);
      expect(lines.filter(({ text }) => credentialsIn(text).length > 0)).toEqual([]);
    });

    it('not in the responses of the functions, errors included', () => {
      expect(results.filter(({ kind }) => kind === 'success')).not.toEqual([]);
      expect(credentialsIn(JSON.stringify(results))).toEqual([]);
    });

    it('not in Events, statuses, annotations or anything else of the cluster', async () => {
      const text = await clusterText();
      expect(text).toContain('GetCredentialsFailed');
      expect(text).toContain('CreateSecretFailed');
      expect(text).toContain('CredentialsIssued');
      expect(credentialsIn(text)).toEqual([]);
    });

    it('not in a path or a query of a request', () => {
      expect(credentialsIn(JSON.stringify(deployment.cluster.log.requests))).toEqual([]);
    });

    it('not in the templates', () => {
      const files = readdirSync(deployment.assemblyDir, { recursive: true, withFileTypes: true });
      const templates = files.filter((file) => file.isFile() && file.name.endsWith('.json'));
      expect(templates.length).toBeGreaterThan(0);
      for (const { parentPath, name } of templates) {
        expect(credentialsIn(readFileSync(join(parentPath, name), 'utf8')), name).toEqual([]);
      }
    });
  });
}
