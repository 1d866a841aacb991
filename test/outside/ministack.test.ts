import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../contract/kubernetes/namespace.ts';
import { SECRET_KEYS } from '../../contract/kubernetes/secret.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../contract/pod-event.ts';
import { eventBusNameOf } from '../../infra/names.ts';
import { containerEnvironment } from '../../local/container-environment.ts';
import { adminConfig } from '../../local/installation/installed-cluster.ts';
import { createPod } from '../../local/installation/pods.ts';
import { freePort } from '../../local/real-cluster/free-port.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import {
  type RunningContainer,
  runContainer,
  volumeFolder,
} from '../support/programs/run-container.ts';
import { CONTROL_PLANE, HELM, MINISTACK, requires } from '../support/requirements.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  CLUSTER_NAME,
  type DeployedProduct,
  deployToMinistack,
  POD_ROLE,
  STRANGER,
} from './ministack/deployed-product.ts';
import { ACCOUNT, REGION } from './ministack/ministack.ts';

const NAMESPACE = 'shop';
/** It takes half a minute on an idle machine. */
const DEPLOYMENT_TIMEOUT_MS = 600_000;
const SECRET = `aws-iam-${POD_ROLE}`;

describe(
  'the product in ministack, deployed by cdk',
  requires(MINISTACK, CONTROL_PLANE, HELM),
  () => {
    let product: DeployedProduct;
    let admin: CoreV1Api;
    let lambda: LambdaClient;
    let forwarder: RunningContainer | undefined;

    beforeAll(async () => {
      product = await deployToMinistack();
      lambda = new LambdaClient(product.ministack.client);
      admin = adminConfig(product.cluster).makeApiClient(CoreV1Api);
      const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["demo-*"]' };
      await admin.createNamespace({ body: { metadata: { name: NAMESPACE, annotations } } });
    }, DEPLOYMENT_TIMEOUT_MS);
    afterAll(async () => {
      await forwarder?.stop();
      await product?.stop();
    });

    /** Runs a pass. Returns the function's result. */
    async function invoke(pass: 'refresh' | 'sweep'): Promise<unknown> {
      const { Payload } = await lambda.send(
        new InvokeCommand({
          FunctionName: `kube-aws-iam-${CLUSTER_NAME}-${pass}`,
          Payload: JSON.stringify({ pass }),
        }),
      );
      return JSON.parse(Buffer.from(Payload ?? []).toString());
    }

    const runningPod = (namespace: string, name?: string): Promise<V1Pod> =>
      waitUntil(
        `a pod in ${namespace} to be Running`,
        async () => {
          const { items } = await admin.listNamespacedPod({ namespace });
          return items.find(
            ({ metadata, status }) =>
              status?.phase === 'Running' && (name === undefined || metadata?.name === name),
          );
        },
        // The kubelet of a pod that has waited tries to mount its Secret less and less often.
        { timeoutSeconds: 110 },
      );

    it('is judged without what ministack does not support', () => {
      const types = Object.entries(product.stack.leftOut).map(([what, resources]) => [
        what,
        [...new Set(resources.map(({ Type }) => Type))],
      ]);
      expect(types).toEqual([
        ['composite alarms', ['AWS::CloudWatch::CompositeAlarm']],
        ['alarms on metric math, which are all others', ['AWS::CloudWatch::Alarm']],
        ['policies of event buses', ['AWS::Events::EventBusPolicy']],
        [
          'access entries in CloudFormation; the test creates them with the API of EKS',
          ['AWS::EKS::AccessEntry'],
        ],
      ]);
    });

    it("creates the Secret of its own forwarder, and the forwarder's pod starts", async () => {
      expect(await invoke('refresh')).toMatchObject({ report: { counts: { created: 1 } } });
      const { metadata, spec } = await runningPod(PRODUCT_NAMESPACE);
      if (!spec) throw new Error('the pod has no spec');
      const volumes = product.cluster.podVolumesPath(metadata?.uid ?? '');
      const { hostname, port } = new URL(product.cluster.url);
      const own = String(await freePort());
      const { AWS_ENDPOINT_URL = '', NODE_EXTRA_CA_CERTS = '' } = product.ministack.environment;
      forwarder = runContainer(spec, volumes, {
        ...(await containerEnvironment({
          mounted: volumeFolder(spec, volumes, 'aws-iam'),
          file: 'credentials.process',
          folder: temporaryFolder(),
        })),
        AWS_ENDPOINT_URL,
        NODE_EXTRA_CA_CERTS,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        SERVICE_ACCOUNT_FOLDER: volumeFolder(spec, volumes, 'service-account'),
        PORT: own,
      });
      const { readinessProbe } = spec.containers[0] ?? {};
      await waitUntil(
        'the forwarder to be ready',
        async () => (await forwarder?.probe(readinessProbe)) || undefined,
      );
    });

    it('starts a pod by its event, which IAM lets the forwarder send', async () => {
      await createPod({ admin }, { namespace: NAMESPACE, name: 'web', secrets: [SECRET] });
      await runningPod(NAMESPACE, 'web');
      const dispatched = `EventBridge → Lambda kube-aws-iam-${CLUSTER_NAME}-events: dispatched`;
      expect(await product.ministack.log()).toContain(dispatched);
    });

    it('explains to a pod why its role cannot be assumed', async () => {
      const secrets = [`aws-iam-${STRANGER}`];
      await createPod({ admin }, { namespace: NAMESPACE, name: 'stranger', secrets });
      const note = await waitUntil('an Event', async () => {
        const { items } = await admin.listNamespacedEvent({ namespace: NAMESPACE });
        return items.find(({ reason }) => reason === 'GetCredentialsFailed')?.message;
      });
      expect(note).toContain(
        `is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${ACCOUNT}:role/${STRANGER}. The role does not exist, or its trust policy`,
      );
    });

    describe('the credentials of the forwarder', () => {
      let events: EventBridgeClient;
      const bus = eventBusNameOf(CLUSTER_NAME);
      const entry = { EventBusName: bus, Source: EVENT_SOURCE, DetailType: EVENT_DETAIL_TYPE };
      const put = (...entries: readonly object[]) =>
        events.send(
          new PutEventsCommand({
            Entries: entries.map((one) => ({ ...entry, Detail: '{}', ...one })),
          }),
        );

      beforeAll(async () => {
        const name = `aws-iam-kube-aws-iam-forwarder-${REGION}-${CLUSTER_NAME}`;
        const { data } = await admin.readNamespacedSecret({ namespace: PRODUCT_NAMESPACE, name });
        const json = JSON.parse(Buffer.from(data?.[SECRET_KEYS.json] ?? '', 'base64').toString());
        const credentials = {
          accessKeyId: json.AccessKeyId,
          secretAccessKey: json.SecretAccessKey,
          sessionToken: json.SessionToken,
        };
        events = new EventBridgeClient({ ...product.ministack.client, credentials });
      });

      it('can put pod events', async () => {
        expect(await put({}, {})).toMatchObject({ FailedEntryCount: 0 });
      });

      it.each<[string, readonly object[]]>([
        ['of another source', [{ Source: 'aws.ec2' }]],
        ['of another detail type', [{ DetailType: 'Another' }]],
        ['of another source next to a pod event', [{}, { Source: 'another' }]],
        ['on another bus', [{ EventBusName: 'default' }]],
      ])('cannot put events %s', async (_, entries) => {
        await expect(put(...entries)).rejects.toThrow(/AccessDenied|not authorized/);
      });
    });

    it('serves a pod in the scheduled refresh, without the forwarder', async () => {
      expect(await forwarder?.stop(), forwarder?.output).toBe(0);
      await admin.deleteNamespacedPod({ namespace: NAMESPACE, name: 'stranger' });
      await admin.deleteNamespacedSecret({ namespace: NAMESPACE, name: SECRET });
      await createPod({ admin }, { namespace: NAMESPACE, name: 'later', secrets: [SECRET] });
      await waitUntil(
        'the Secret',
        async () => {
          const { items } = await admin.listNamespacedSecret({ namespace: NAMESPACE });
          return items.find(({ metadata }) => metadata?.name === SECRET);
        },
        // The schedule invokes the function every minute.
        { timeoutSeconds: 110 },
      );
    });

    it('sweeps', async () => {
      expect(await invoke('sweep')).toMatchObject({ report: { pass: 'sweep', incomplete: [] } });
    });

    it('passes every check of doctor', async () => {
      const { code, stdout } = await product.run('doctor');
      expect(stdout).toMatch(/^ok +roles +2 of 2$/m);
      expect(code, stdout).toBe(0);
    });

    it('is deleted by cdk destroy', async () => {
      const text = await product.cdk('destroy', '--force');
      expect(text).toContain(`${product.stack.stackName}: destroyed`);
      const { Functions } = await lambda.send(new ListFunctionsCommand({}));
      expect(Functions).toEqual([]);
    });
  },
);

describe('ministack', requires(MINISTACK), () => {
  it('ends with the process that started it', async () => {
    const module = join(import.meta.dirname, 'ministack/ministack.ts');
    const program = `
      const { startMinistack } = await import(${JSON.stringify(module)});
      const { client } = await startMinistack({ url: 'https://127.0.0.1:1', caPem: '' });
      console.log(client.endpoint);`;
    const parent = endWithParent(() =>
      spawn(process.execPath, ['--input-type=module', '--eval', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const [endpoint] = await once(createInterface(parent.stdout), 'line');
    const connects = async () => {
      const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
      const isConnected = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      socket.destroy();
      return isConnected;
    };
    expect(await connects()).toBe(true);
    parent.kill('SIGKILL');
    await waitUntil('ministack to end', async () => !(await connects()) || undefined);
  });
});
