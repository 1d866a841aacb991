import { Agent } from 'undici';
import type { RealCluster } from '../../local/real-cluster/real-cluster.ts';

/** How the pods are distributed, and how many of them mount a managed Secret: one in ten. */
export const NAMESPACES = 20;
const APPLICATIONS = 200;
const PODS_PER_SECRET_USER = 10;

/** Number of pods that stay pending. */
const PENDING_PODS = 100;

const CONCURRENCY = 16;

/** Returns a typical pod of a Deployment: 8.8 KB of JSON, with the fields that the server adds. */
function typicalPod(index: number): object {
  const application = `app-${index % APPLICATIONS}`;
  const hasSecret = index % PODS_PER_SECRET_USER === 0;
  const env = Array.from({ length: 13 }, (_, i) => ({
    name: `SETTING_NUMBER_${i}`,
    value: `the value of setting ${i} is a moderately long text`,
  }));
  const container = (name: string) => ({
    name,
    image: `registry.example/${application}:1.2.3`,
    env,
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
    volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
  });
  return {
    metadata: {
      name: `${application}-${index}`,
      labels: { app: application, 'pod-template-hash': '5d9c7f' },
      annotations: { 'checksum/config': '0123456789abcdef'.repeat(4), note: 'x'.repeat(500) },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${application}-5d9c7f`,
          uid: `00000000-0000-4000-8000-${String(index % APPLICATIONS).padStart(12, '0')}`,
        },
      ],
    },
    spec: {
      containers: [container('main'), container('sidecar')],
      volumes: [
        { name: 'config', configMap: { name: 'config' } },
        { name: 'tmp', emptyDir: {} },
        { name: 'secret', secret: { secretName: hasSecret ? `aws-iam-${application}` : 'tls' } },
      ],
    },
  };
}

/**
 * Creates pods, all Running but the first hundred. The cluster must not run controllers: the garbage collector would
 * delete the pods, whose owners do not exist.
 *
 * @param from - number of pods that exist already
 */
export async function createPods(
  cluster: Pick<RealCluster, 'url' | 'caPem' | 'adminToken'>,
  count: number,
  from = 0,
): Promise<void> {
  const agent = new Agent({ connect: { ca: cluster.caPem }, connections: CONCURRENCY });
  const send = async (method: 'POST' | 'PATCH', path: string, object: object) => {
    const type = method === 'POST' ? 'application/json' : 'application/merge-patch+json';
    const { statusCode, body } = await agent.request({
      origin: cluster.url,
      method,
      path,
      headers: { authorization: `Bearer ${cluster.adminToken}`, 'content-type': type },
      body: JSON.stringify(object),
    });
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${text}`);
    return JSON.parse(text);
  };
  for (let i = 0; from === 0 && i < NAMESPACES; i += 1) {
    await send('POST', '/api/v1/namespaces', { metadata: { name: `team-${i}` } });
  }
  let next = from;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const pods = `/api/v1/namespaces/team-${index % NAMESPACES}/pods`;
      const { metadata } = await send('POST', pods, typicalPod(index));
      if (index < PENDING_PODS) continue;
      await send('PATCH', `${pods}/${metadata.name}/status`, { status: { phase: 'Running' } });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  await agent.close();
}
