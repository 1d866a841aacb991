import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadYaml, type V1Container, type V1Pod, type V1PodSpec } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  CONFIG_VOLUME,
  INJECT_LABEL,
  INJECT_VALUE,
  INJECTED_VOLUME,
  ROLE_ANNOTATION,
} from '../../../contract/kubernetes/injection.ts';
import { SECRET_KEYS } from '../../../contract/kubernetes/secret.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { type ChartCluster, chartCluster, type Send } from '../../support/chart/chart-cluster.ts';
import { renderChart, renderYaml } from '../../support/chart/helm.ts';
import {
  addedSecret,
  asking,
  ONE,
  podsOf,
  podWith,
  tried,
  verdictOf,
} from '../../support/chart/injected-pods.ts';
import { injectedVolumes, SHAPES } from '../../support/chart/injection-shapes.ts';
import { kubectl } from '../../support/chart/kubectl.ts';
import { DRY_RUN, MERGE } from '../../support/chart/refresher-rights.ts';
import { ACCOUNT, type Deployment, deploy, REFRESH } from '../../support/deployment/deployment.ts';
import { describeInjectionOnRealCluster } from '../../support/describe-real-cluster.ts';
import { describeValues } from './chart-injection-values.ts';

const README = join(import.meta.dirname, '../../../README.md');
const POLICIES = '/apis/admissionregistration.k8s.io/v1';
const NAME = 'kube-aws-iam-injection';
const BASE = `arn:aws:iam::${ACCOUNT}:role/`;
const FORWARDER_ROLE = 'kube-aws-iam-forwarder-eu-central-1-test';
const OPTED_IN = { [INJECT_LABEL]: INJECT_VALUE };
const STRATEGIC = 'application/strategic-merge-patch+json';
const MIRROR = { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.source': 'file' };

describeInjectionOnRealCluster('injection by the chart on a real cluster', () => {
  let deployment: Deployment & { readonly cluster: RealCluster };
  let cluster: ChartCluster;
  let admin: Send;

  const valuesWith = (baseRoleArn: string, region = '') => ({
    'injection.enabled': true,
    'injection.baseRoleArn': baseRoleArn,
    'injection.region': region,
    // The forwarder would request its own Secret.
    'forwarder.replicas': 0,
  });
  /** Installs the chart, and waits until it accepts ARNs of this base only, and sets this region. */
  const install = async (baseRoleArn = BASE, region = '') => {
    for (const manifest of await renderChart(valuesWith(baseRoleArn, region))) {
      await cluster.apply(manifest);
    }
    await waitUntil('the policies to be enforced', async () => {
      const taken = await admin('POST', tried, asking(`${baseRoleArn || '/'}app`));
      const refused = await admin('POST', tried, asking('arn:aws:iam::1:role/a'));
      const text = baseRoleArn === '' ? 'and not an ARN' : `${baseRoleArn}. `;
      return (
        (addedSecret(taken) === 'aws-iam-app' &&
          JSON.stringify(taken.body['spec']).includes('AWS_REGION') === (region !== '') &&
          String(refused.body['message']).includes(text)) ||
        undefined
      );
    });
  };
  const createNamespace = async (name: string, labels: object, roles: string = '[]') => {
    const annotations = { 'iam.amazonaws.com/allowed-roles': roles };
    const path = '/api/v1/namespaces';
    const { status } = await admin('POST', path, { metadata: { name, labels, annotations } });
    expect(status).toBe(201);
  };

  beforeAll(async () => {
    deployment = await deploy((authenticate) =>
      startRealCluster({
        nodes: 1,
        authenticate,
        // With ServiceAccount admission, unlike in most tests: it restricts what a pod can mount.
        apiServerFlags: { 'disable-admission-plugins': 'RuntimeClass' },
      }),
    );
    cluster = chartCluster(deployment.cluster);
    admin = cluster.admin;
    await createNamespace('team', OPTED_IN, '["app-*"]');
    await createNamespace('plain', {}, '["app-*"]');
    await install();
  });
  afterAll(async () => {
    await cluster?.close();
    await deployment?.stop();
  });

  it('is applied by kubectl without warnings, and unchanged the second time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'injection-'));
    const file = join(folder, 'chart.yaml');
    try {
      writeFileSync(file, await renderYaml(valuesWith(BASE)));
      const parameters = ['apply', '-f', file];
      await kubectl(deployment.cluster, ...parameters);
      const { stdout, stderr } = await kubectl(deployment.cluster, ...parameters);
      expect(stderr).toBe('');
      const lines = stdout.split('\n').filter((line) => line.includes(NAME));
      expect(lines.map((line) => line.split(' ')[1])).toEqual(Array(4).fill('unchanged'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has expressions that pass type checking', async () => {
    const path = `${POLICIES}/validatingadmissionpolicies/${NAME}`;
    const checked = await waitUntil('the policy to be checked', async () => {
      const { body } = await admin('GET', path);
      const status = body['status'] as { observedGeneration?: number; typeChecking?: object };
      return status.observedGeneration === body.metadata['generation'] ? status : undefined;
    });
    expect(checked.typeChecking).toEqual({});
  });

  describe('a pod that requests a role', () => {
    it.runIf(existsSync(README))('is injected as in the README', async () => {
      const text = readFileSync(README, 'utf8');
      const podsIn = (heading: string) =>
        [...text.slice(text.indexOf(heading)).matchAll(/```yaml\n(.*?)```/gs)].map(
          ([, yaml = '']) => loadYaml<V1Pod>(yaml),
        );
      const [asked, created] = podsIn('### Pods with an annotation');
      const specOf = async (metadata: object, spec = asked?.spec) => {
        const pod = podWith({}, spec);
        const merged = { ...pod.metadata, ...metadata, namespace: 'team' };
        const { status, body } = await admin('POST', tried, { ...pod, metadata: merged });
        expect(status).toBe(201);
        return body['spec'];
      };
      expect(await specOf(asked?.metadata ?? {})).toEqual(await specOf({}, created?.spec));
    });

    it.each(SHAPES)('equals a pod with explicit mounts: $title', async ({ asked, byHand }) => {
      const answer = await admin('POST', tried, asking('app-orders', asked));
      const expected = await admin('POST', tried, podWith({}, byHand));
      expect([answer.status, expected.status]).toEqual([201, 201]);
      expect(answer.body['spec']).toEqual(expected.body['spec']);
      expect(verdictOf(asking('app-orders', asked), BASE)).toMatchObject({ kind: 'injected' });
    });

    it.each(SHAPES)('is not changed if it has the mounts already: $title', async ({ byHand }) => {
      const before = await admin('POST', tried, podWith({}, byHand));
      const after = await admin('POST', tried, asking('app-orders', byHand));
      expect(after.body['spec']).toEqual(before.body['spec']);
    });

    it('is injected in a container that a later policy adds', async () => {
      const policy = {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          ],
        },
        matchConditions: [{ name: 'meant', expression: "object.metadata.name == 'web'" }],
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: {
              expression:
                'Object{spec: Object.spec{containers: [Object.spec.containers{name: "late", image: "late"}]}}',
            },
          },
        ],
      };
      const paths = [
        [`${POLICIES}/mutatingadmissionpolicies`, policy],
        [`${POLICIES}/mutatingadmissionpolicybindings`, { policyName: 'late' }],
      ] as const;
      for (const [path, spec] of paths)
        await admin('POST', path, { metadata: { name: 'late' }, spec });
      try {
        const { containers } = await waitUntil('a container to be added', async () => {
          const { body } = await admin('POST', tried, asking('app-orders'));
          const spec = body['spec'] as V1PodSpec | undefined;
          return spec?.containers.length === 2 ? spec : undefined;
        });
        for (const { volumeMounts, env } of containers) {
          expect([volumeMounts?.length, env?.length]).toEqual([2, 2]);
        }
      } finally {
        for (const [path] of paths) await admin('DELETE', `${path}/late`);
        await waitUntil('no container to be added', async () => {
          const { body } = await admin('POST', tried, asking('app-orders'));
          const spec = body['spec'] as V1PodSpec | undefined;
          return spec?.containers.length === 1 || undefined;
        });
      }
    });
  });

  describe('with a region', () => {
    beforeAll(() => install(BASE, 'eu-central-1'));
    afterAll(() => install());

    const region = (value: string, name = 'AWS_REGION') => ({ name, value });
    it.each<[string, Partial<V1Container>, readonly object[]]>([
      ['a container without one', {}, [region('eu-central-1')]],
      [
        'a container with variables of its own',
        { env: [{ name: 'A', value: '1' }] },
        [region('eu-central-1')],
      ],
      ['its own AWS_REGION', { env: [region('us-east-1')] }, [region('us-east-1')]],
      [
        'its own AWS_REGION from a ConfigMap',
        { env: [{ name: 'AWS_REGION', valueFrom: { configMapKeyRef: { name: 'x', key: 'y' } } }] },
        [{ name: 'AWS_REGION', valueFrom: { configMapKeyRef: { name: 'x', key: 'y' } } }],
      ],
      [
        'its own AWS_DEFAULT_REGION',
        { env: [region('us-east-1', 'AWS_DEFAULT_REGION')] },
        [region('us-east-1', 'AWS_DEFAULT_REGION')],
      ],
      ['variables from a ConfigMap', { envFrom: [{ configMapRef: { name: 'x' } }] }, []],
    ])('%s', async (_, rest, expected) => {
      const one = { name: 'web', image: 'app', ...rest };
      const spec = { containers: [one], initContainers: [{ ...one, name: 'first' }] };
      const { body } = await admin('POST', tried, asking('app-orders', spec));
      const { containers, initContainers = [] } = body['spec'] as V1PodSpec;
      for (const { env = [] } of [...containers, ...initContainers]) {
        expect(env.filter(({ name }) => name.endsWith('REGION'))).toEqual(expected);
        expect(env.map(({ name }) => name)).toContain('AWS_SHARED_CREDENTIALS_FILE');
      }
    });
  });

  describe('a pod is not changed', () => {
    const untouched = async (namespace: string, pod: V1Pod) => {
      const answer = await admin('POST', podsOf(namespace) + DRY_RUN, pod);
      expect(answer).toMatchObject({ status: 201, body: { spec: { containers: ONE.containers } } });
      expect(JSON.stringify(answer.body['spec'])).not.toContain('aws-iam');
    };

    it.each<[string, Record<string, string>]>([
      ['without annotations', {}],
      ['with another annotation', { 'iam.amazonaws.com/external-id': 'Orders' }],
      ['with an empty annotation', { [ROLE_ANNOTATION]: '' }],
    ])('%s', async (_, annotations) => {
      await untouched('team', podWith(annotations));
    });

    it('in a namespace that did not opt in, whatever it requests', async () => {
      await untouched('plain', asking('app-orders'));
      await untouched('plain', asking('Orders/../..'));
    });

    it('in a namespace whose label has another value', async () => {
      await createNamespace('unsure', { [INJECT_LABEL]: 'disabled' });
      await waitUntil('its ServiceAccount', async () => {
        const { status } = await admin('POST', podsOf('unsure') + DRY_RUN, podWith({}));
        return status === 201 || undefined;
      });
      await untouched('unsure', asking('app-orders'));
    });

    it.each(['kube-system', PRODUCT_NAMESPACE])('in %s, even with the label', async (namespace) => {
      const patch = {
        metadata: { labels: { ...OPTED_IN, 'pod-security.kubernetes.io/enforce': null } },
      };
      await admin('PATCH', `/api/v1/namespaces/${namespace}`, patch, MERGE);
      await untouched(namespace, asking('app-orders'));
    });

    it('if it is a mirror pod', async () => {
      const pod = podWith({ ...MIRROR, [ROLE_ANNOTATION]: 'Orders' });
      await untouched('team', { ...pod, spec: { ...pod.spec, nodeName: 'node-1' } });
    });

    it('if it exists already, even by an update', async () => {
      await createNamespace('later', {});
      const pods = podsOf('later');
      const path = await waitUntil('a pod in the new namespace', async () => {
        const { status } = await admin('POST', pods, podWith({}));
        return status === 201 ? `${pods}/web` : undefined;
      });
      const optIn = { metadata: { labels: OPTED_IN } };
      await admin('PATCH', '/api/v1/namespaces/later', optIn, MERGE);
      const other = asking('app-orders');
      await waitUntil('the label to count', async () => {
        const pod = { ...other, metadata: { ...other.metadata, name: 'other' } };
        return addedSecret(await admin('POST', pods + DRY_RUN, pod)) && true;
      });
      const annotations = { [ROLE_ANNOTATION]: 'Orders' };
      const changed = await admin('PATCH', path, { metadata: { annotations } }, MERGE);
      const debug = { spec: { ephemeralContainers: [{ name: 'debug', image: 'debug' }] } };
      const debugged = await admin('PATCH', `${path}/ephemeralcontainers`, debug, STRATEGIC);
      expect([changed.status, debugged.status]).toEqual([200, 200]);
      expect(JSON.stringify(debugged.body['spec'])).not.toContain('aws-iam');
    });

    it.each([
      ['no containers', { containers: [] }],
      ['a volume without a Secret', { ...ONE, volumes: [{ name: 'v', secret: {} }] }],
    ])('if Kubernetes rejects it anyway: %s', async (_, spec) => {
      expect(await admin('POST', tried, asking('app-orders', spec))).toMatchObject({
        status: 422,
        body: { message: expect.stringMatching(/^Pod "web" is invalid: spec\..*Required value$/) },
      });
    });
  });

  describeValues({ admin: () => admin, install });

  describe('a user who can create pods in one namespace', () => {
    const tenant = () => cluster.as({ user: 'tenant', group: 'tenants' });

    beforeAll(async () => {
      const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/team';
      const apiGroup = 'rbac.authorization.k8s.io';
      await admin('POST', `${rbac}/roles`, {
        metadata: { name: 'pods' },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['create', 'get'] }],
      });
      await admin('POST', `${rbac}/rolebindings`, {
        metadata: { name: 'pods' },
        roleRef: { apiGroup, kind: 'Role', name: 'pods' },
        subjects: [{ apiGroup, kind: 'Group', name: 'tenants' }],
      });
      await waitUntil('the tenant to have the role', async () =>
        (await tenant()('POST', tried, podWith({}))).status === 201 ? true : undefined,
      );
    });

    it.each(['app-orders', 'app-not-allowed', FORWARDER_ROLE, 'x'])(
      'gets by annotation for %s only what they can mount explicitly',
      async (role) => {
        const asked = await tenant()('POST', tried, asking(role));
        const volumes = injectedVolumes(`aws-iam-${role}`);
        const { byHand } = SHAPES[0] ?? { byHand: ONE };
        const mounted = await tenant()('POST', tried, podWith({}, { ...byHand, volumes }));
        expect([asked.status, mounted.status]).toEqual([201, 201]);
        expect(asked.body['spec']).toEqual(mounted.body['spec']);
      },
    );

    it('gets no Secret that the ServiceAccount cannot mount', async () => {
      const metadata = {
        name: 'bounded',
        annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' },
      };
      await admin('POST', '/api/v1/namespaces/team/serviceaccounts', { metadata });
      const { byHand } = SHAPES[0] ?? { byHand: ONE };
      const serviceAccountName = 'bounded';
      const refused = {
        status: 403,
        body: {
          message: expect.stringContaining('is not allowed because service account bounded'),
        },
      };
      await waitUntil('the ServiceAccount to be known', async () => {
        const answer = await tenant()('POST', tried, podWith({}, { ...ONE, serviceAccountName }));
        return answer.status === 201 || undefined;
      });
      expect(
        await tenant()('POST', tried, podWith({}, { ...byHand, serviceAccountName })),
      ).toMatchObject(refused);
      expect(
        await tenant()('POST', tried, asking('app-orders', { ...ONE, serviceAccountName })),
      ).toMatchObject(refused);
    });

    it('cannot opt their namespace in or out, or create pods elsewhere', async () => {
      const patch = { metadata: { labels: { [INJECT_LABEL]: null } } };
      const answers = [
        await tenant()('PATCH', '/api/v1/namespaces/team', patch, MERGE),
        await tenant()('POST', podsOf('plain'), asking('app-orders')),
        await tenant()('DELETE', `${POLICIES}/validatingadmissionpolicies/${NAME}`),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    });

    it('receives from the refresher only what the namespace allows', async () => {
      const pods = ['app-orders', 'admin', FORWARDER_ROLE];
      for (const role of pods) {
        const { metadata, spec } = asking(role);
        const pod = { metadata: { ...metadata, name: `for-${role}` }, spec };
        expect((await tenant()('POST', podsOf('team'), pod)).status).toBe(201);
      }
      try {
        const { wouldDo } = (await deployment.invoke(REFRESH, { pass: 'check' })) as {
          wouldDo: readonly object[];
        };
        expect(wouldDo).toHaveLength(3);
        expect(wouldDo).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ action: 'create', secret: 'aws-iam-app-orders' }),
            expect.objectContaining({ secret: 'aws-iam-admin', reason: 'role-not-assumable' }),
            expect.objectContaining({ secret: `aws-iam-${FORWARDER_ROLE}`, reason: 'role-denied' }),
          ]),
        );
      } finally {
        for (const role of pods) await admin('DELETE', `${podsOf('team')}/for-${role}`);
      }
    });
  });

  describe('a Deployment', () => {
    const DEPLOYMENTS = '/apis/apps/v1/namespaces/team/deployments';
    const deploymentOf = (name: string, role: string) => {
      const { metadata, spec } = asking(role);
      const labels = { app: name };
      const template = { metadata: { labels, annotations: metadata.annotations }, spec };
      return { metadata: { name }, spec: { selector: { matchLabels: labels }, template } };
    };
    const podsOfApp = async (name: string) => {
      const { body } = await admin('GET', `${podsOf('team')}?labelSelector=app%3D${name}`);
      return body.items as readonly (V1Pod & { metadata: { uid: string } })[];
    };
    const firstPod = (name: string, phase: string) =>
      waitUntil(`a pod that is ${phase}`, async () =>
        (await podsOfApp(name)).find(({ status }) => status?.phase === phase),
      );

    it('has pods that start when their credentials exist', async () => {
      deployment.addPodRole('app-orders', 'team');
      await admin('POST', DEPLOYMENTS, deploymentOf('shop', `${BASE}app-orders`));
      const waiting = await firstPod('shop', 'Pending');
      expect(await deployment.invoke(REFRESH, { pass: 'refresh' })).toMatchObject({
        report: { counts: { created: 1, failed: 0, refused: 0 } },
      });
      const { metadata } = await firstPod('shop', 'Running');
      expect(metadata.uid).toBe(waiting.metadata.uid);
      const folder = join(
        deployment.cluster.podVolumesPath(metadata.uid),
        'kubernetes.io~secret',
        INJECTED_VOLUME,
      );
      const files = (await readdir(folder)).filter((name) => !name.startsWith('.'));
      const { generation: _, ...ofPods } = SECRET_KEYS;
      expect(files.sort()).toEqual(Object.values(ofPods).sort());
      const config = join(folder, '..', CONFIG_VOLUME);
      expect(await readdir(config)).toContain(SECRET_KEYS.process);
    });

    it('reports why it has no pods if its annotation is rejected', async () => {
      await admin('POST', DEPLOYMENTS, deploymentOf('capital', 'Orders'));
      const condition = await waitUntil('the refusal to be reported', async () => {
        const { body } = await admin('GET', `${DEPLOYMENTS}/capital`);
        const { conditions = [] } = body['status'] as {
          conditions?: readonly { type: string; message: string }[];
        };
        return conditions.find(({ type }) => type === 'ReplicaFailure');
      });
      expect(condition.message).toMatch(/kube-aws-iam: .* create an AWSIAMRole/);
      expect(await podsOfApp('capital')).toEqual([]);
    });
  });
});
