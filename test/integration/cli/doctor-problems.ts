import { expect } from 'vitest';
import { FORWARDER_SERVICE_ACCOUNT } from '../../../contract/forwarder.ts';
import { REFRESHERS_GROUP } from '../../../contract/kubernetes/cluster-access.ts';
import type { EksCluster } from '../../../local/aws/eks/eks.ts';
import { startEmbeddedCluster } from '../../../local/kubernetes/embedded-cluster.ts';
import { freePort } from '../../../local/real-cluster/free-port.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { roleWithout } from '../../support/chart/refresher-rights.ts';
import {
  CLUSTER_NAME,
  REFRESH,
  REFRESHER_ROLE_ARN,
  SWEEP,
} from '../../support/deployment/deployment.ts';
import {
  DEPLOYMENTS,
  type DoctorWorld,
  INTERMEDIATE_ROLE_ARN,
  PODS,
  SETTINGS,
} from '../../support/deployment/doctor-world.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const DEFINITION =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/awsiamroles.zalando.org';
const FORWARDER = `${DEPLOYMENTS}/${FORWARDER_SERVICE_ACCOUNT}`;

/** The caller's kubeconfig and settings, if not those of an admin. */
export interface Caller {
  readonly kubeconfig?: string;
  readonly settings?: object;
}

/** A problem of the installation or of the caller. */
interface Problem {
  readonly what: string;
  /** The only check that fails. */
  readonly check: string;
  /** Its text with details. */
  readonly says: RegExp;
  readonly remedy: RegExp;
  /** Breaks the installation. */
  readonly break?: (world: DoctorWorld) => unknown;
  /** Repairs it. */
  readonly repair?: (world: DoctorWorld) => unknown;
  /** Returns a caller with a wrong configuration. */
  readonly caller?: (world: DoctorWorld) => Promise<Caller>;
}

/** Waits until the cluster's caches have a change of the refresher's permissions. */
export async function untilRefresher(world: DoctorWorld, isAllowed: boolean): Promise<void> {
  await waitUntil(`patch secrets to be ${isAllowed ? 'allowed' : 'refused'}`, async () => {
    const { body } = await world.cluster.admin(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        spec: {
          groups: [REFRESHERS_GROUP],
          resourceAttributes: { verb: 'patch', resource: 'secrets' },
        },
      },
    );
    const { allowed } = body['status'] as { allowed: boolean };
    return allowed === isAllowed || undefined;
  });
}

const manifestsOf = ({ manifests }: DoctorWorld, kind: RegExp, name = 'kube-aws-iam-refresher') =>
  manifests.filter((one) => kind.test(one.kind) && one.metadata.name === name);

async function applyAgain(world: DoctorWorld, kind: RegExp, name?: string): Promise<void> {
  for (const manifest of manifestsOf(world, kind, name)) await world.apply(manifest);
}

const unavailable = { replicas: 1, availableReplicas: 0, unavailableReplicas: 1 };
const setForwarder = (world: DoctorWorld, status: object) =>
  world.patch(`${FORWARDER}/status`, { status });
const available = (world: DoctorWorld) =>
  setForwarder(world, { availableReplicas: 1, unavailableReplicas: 0 });

/** Problems, each of which fails one check. */
export const PROBLEMS: readonly Problem[] = [
  {
    what: 'the cluster does not respond',
    check: 'cluster',
    says: /cannot be reached: .*ECONNREFUSED/,
    remedy: /make sure that kubectl can reach the cluster/,
    caller: async (world) => ({
      kubeconfig: await world.kubeconfig({ url: `https://127.0.0.1:${await freePort()}` }),
    }),
  },
  {
    what: 'the kubeconfig is for another cluster',
    check: 'right-cluster',
    says: /context "local" is for https:\/\/127\.0\.0\.1:\d+, but EKS cluster "test" is at https/,
    remedy: /aws eks update-kubeconfig --name test --region eu-central-1/,
    caller: async (world) => {
      const other = await startEmbeddedCluster({ clock: world.clock });
      startedClusters.push(other);
      const { url, caPem, adminToken: token } = other;
      return { kubeconfig: await world.kubeconfig({ url, caPem, token }) };
    },
  },
  {
    what: 'the chart is missing',
    check: 'chart',
    says: /ClusterRole kube-aws-iam-refresher is missing.*ClusterRoleBinding kube-aws-iam-refresher is missing/s,
    remedy: /kube-aws-iam manifests --cluster test --region eu-central-1 \| kubectl apply -f -/,
    break: async ({ cluster }) => {
      await cluster.admin('DELETE', `${RBAC}/clusterroles/kube-aws-iam-refresher`);
      await cluster.admin('DELETE', `${RBAC}/clusterrolebindings/kube-aws-iam-refresher`);
    },
    repair: (world) => applyAgain(world, /^ClusterRole/),
  },
  {
    what: 'the binding has another subject',
    check: 'chart',
    says: /ClusterRoleBinding kube-aws-iam-refresher does not contain group kube-aws-iam:refreshers/,
    remedy: /kube-aws-iam manifests/,
    break: (world) =>
      world.patch(`${RBAC}/clusterrolebindings/kube-aws-iam-refresher`, {
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'others' }],
      }),
    repair: (world) => applyAgain(world, /^ClusterRoleBinding/),
  },
  {
    what: 'the ClusterRole lacks a verb',
    check: 'rights',
    says: /group kube-aws-iam:refreshers lacks a permission: patch secrets in all namespaces/,
    remedy: /kube-aws-iam manifests/,
    break: async (world) => {
      await world.apply(roleWithout(world.manifests, 'patch secrets'));
      await untilRefresher(world, false);
    },
    repair: (world) => applyAgain(world, /^ClusterRole$/),
  },
  {
    what: 'the binding of a policy is missing',
    check: 'policies',
    says: /ValidatingAdmissionPolicyBinding kube-aws-iam-refresher is missing, so the policy has no effect/,
    remedy: /kube-aws-iam manifests/,
    break: async ({ cluster }) => {
      await cluster.admin('DELETE', `${ADMISSION}/kube-aws-iam-refresher`);
    },
    repair: (world) => applyAgain(world, /PolicyBinding/),
  },
  {
    what: 'the policy is that of other settings',
    check: 'policies',
    says: /kube-aws-iam-refresher is of another version or of other settings: it does not name velero.io/,
    remedy: /kube-aws-iam manifests/,
    break: (world) =>
      world.patch(`${POLICIES}/kube-aws-iam-refresher`, {
        spec: { validations: [{ expression: 'true' }] },
      }),
    repair: (world) => applyAgain(world, /^ValidatingAdmissionPolicy$/),
  },
  {
    what: 'a policy only warns',
    check: 'policies',
    says: /Binding kube-aws-iam-label has Warn, Audit instead of Deny, so nothing is denied/,
    remedy: /kube-aws-iam manifests/,
    break: (world) =>
      world.patch(`${ADMISSION}/kube-aws-iam-label`, {
        spec: { validationActions: ['Warn', 'Audit'] },
      }),
    // Applying the manifest again would not remove the added actions: the list is a set with several field managers.
    repair: (world) =>
      world.patch(`${ADMISSION}/kube-aws-iam-label`, { spec: { validationActions: ['Deny'] } }),
  },
  {
    what: 'the definition of AWSIAMRoles is missing',
    check: 'awsiamroles',
    says: /awsiamroles\.zalando\.org is missing/,
    remedy: /kube-aws-iam manifests/,
    break: async ({ cluster }) => {
      await cluster.admin('DELETE', DEFINITION);
      await waitUntil('the definition to be deleted', async () => {
        const { status } = await cluster.admin('GET', DEFINITION);
        return status === 404 || undefined;
      });
    },
    repair: (world) => applyAgain(world, /^CustomResourceDefinition$/, 'awsiamroles.zalando.org'),
  },
  {
    what: 'the cluster does not support access entries',
    check: 'authentication-mode',
    says: /authentication mode CONFIG_MAP ignores the access entry/,
    remedy: /aws eks update-cluster-config --name test .*API_AND_CONFIG_MAP/,
    break: ({ cloud, cluster }) =>
      addCluster({ cloud, cluster }, { authenticationMode: 'CONFIG_MAP' }),
    repair: (world) => addCluster(world, {}),
  },
  {
    what: 'the access entry is missing',
    check: 'access-entry',
    says: /cluster "test" has no access entry for .*role\/kube-aws-iam-eu-central-1-test/,
    remedy: /npx cdk deploy KubeAwsIam-test; .*aws eks create-access-entry/,
    break: ({ cloud }) => cloud.eks.removeAccessEntry(CLUSTER_NAME, REFRESHER_ROLE_ARN),
    repair: (world) => putEntry(world, [REFRESHERS_GROUP]),
  },
  {
    what: 'the access entry has no group',
    check: 'access-entry',
    says: /has no group instead of kube-aws-iam:refreshers/,
    remedy:
      /aws eks update-access-entry --cluster-name test .*--kubernetes-groups kube-aws-iam:refreshers/,
    break: (world) => putEntry(world, []),
    repair: (world) => putEntry(world, [REFRESHERS_GROUP]),
  },
  {
    what: 'the API endpoint is private, and the functions run outside of any VPC',
    check: 'endpoint-access',
    says: /API endpoint is private \(endpointPublicAccess: false\), and the function runs outside of any VPC/,
    remedy:
      /Set "vpc" in cdk\.json to subnets and security groups in vpc-0123456789abcdef0, .* sg-0123456789abcdef0/,
    break: ({ cloud, cluster }) =>
      addCluster(
        { cloud, cluster },
        {
          vpcConfig: {
            vpcId: 'vpc-0123456789abcdef0',
            clusterSecurityGroupId: 'sg-0123456789abcdef0',
            endpointPublicAccess: false,
            endpointPrivateAccess: true,
            publicAccessCidrs: [],
          },
        },
      ),
    repair: (world) => addCluster(world, {}),
  },
  {
    what: 'the function refresh is paused',
    check: 'refresh-running',
    says: /function refresh is paused/,
    remedy: /kube-aws-iam resume --cluster test/,
    break: ({ cloud }) => cloud.functions.setReservedConcurrency(REFRESH, 0),
    repair: async ({ cloud }) => cloud.functions.setReservedConcurrency(REFRESH, undefined),
  },
  {
    what: 'the schedule of sweep is disabled',
    check: 'sweep-schedule',
    says: /schedule kube-aws-iam-test-sweep is disabled/,
    remedy: /enable it/,
    break: ({ cloud }) => cloud.scheduler.setEnabled(SWEEP, false),
    repair: async ({ cloud }) => cloud.scheduler.setEnabled(SWEEP, true),
  },
  {
    what: 'a role trusts another principal',
    check: 'roles',
    says: /1 of 3 cannot be assumed.*role\/app-locked for namespace "shop": .*not authorized to perform: sts:AssumeRole/s,
    remedy: /kube-aws-iam trust-policy ROLE/,
    break: (world) => world.addPod('locked', 'app-locked'),
    repair: ({ cluster }) => cluster.admin('DELETE', '/api/v1/namespaces/shop/pods/locked'),
  },
  {
    what: 'the intermediate role denies the refresher',
    check: 'roles',
    says: /the intermediate role arn:aws:iam::123456789012:role\/pod-roles \(setting assumeRole\).* cannot be assumed/,
    remedy: /trust/,
    break: async ({ cloud }) => {
      const message = `User is not authorized to perform: sts:AssumeRole on resource: ${INTERMEDIATE_ROLE_ARN}`;
      cloud.sts.faults.add({
        effect: { kind: 'error', status: 403, code: 'AccessDenied', message },
        match: ({ resource }) => resource === INTERMEDIATE_ROLE_ARN,
        times: Number.POSITIVE_INFINITY,
      });
      await cloud.functions.retireIdle();
    },
    repair: ({ cloud }) => cloud.sts.faults.clear(),
  },
  {
    what: 'the function cannot reach the cluster, unlike the caller',
    check: 'refresh-run',
    says: /the function failed: ClusterUnreachableError: .*certificate is not signed by the authority that EKS names/,
    remedy: /the function runs outside of any VPC and may be unable to reach what you can/,
    break: async ({ cloud, cluster }) => {
      const other = await startEmbeddedCluster({ clock: { now: () => new Date() } });
      startedClusters.push(other);
      addCluster({ cloud, cluster }, { caPem: other.caPem });
      await cloud.functions.retireIdle();
    },
    repair: async (world) => {
      addCluster(world, {});
      await world.cloud.functions.retireIdle();
    },
  },
  {
    what: 'the forwarder is scaled to 0',
    check: 'forwarder',
    says: /Deployment kube-aws-iam-forwarder is scaled to 0/,
    remedy: /kubectl scale deployment kube-aws-iam-forwarder .*--replicas 1/,
    break: (world) => world.patch(FORWARDER, { spec: { replicas: 0 } }),
    repair: (world) => world.patch(FORWARDER, { spec: { replicas: 1 } }),
  },
  {
    what: 'the image of the forwarder cannot be pulled',
    check: 'forwarder',
    says: /the image of pod forwarder-1 cannot be pulled: ImagePullBackOff: Back-off pulling image "node"/,
    remedy: /forwarder\.image/,
    break: async (world) => {
      await setForwarder(world, unavailable);
      const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "node"' };
      await setPod(world, { containerStatuses: [containerStatus({ waiting })] });
    },
    repair: async (world) => {
      await available(world);
      await setPod(world, { containerStatuses: null });
    },
  },
  {
    what: 'the forwarder cannot be scheduled',
    check: 'forwarder',
    says: /pod forwarder-1 cannot be scheduled: 0\/3 nodes are available/,
    remedy: /node/,
    break: async (world) => {
      await setForwarder(world, unavailable);
      const message = '0/3 nodes are available';
      await setPod(world, { conditions: [{ type: 'PodScheduled', status: 'False', message }] });
    },
    repair: async (world) => {
      await available(world);
      await setPod(world, { conditions: null });
    },
  },
  {
    what: 'EventBridge refuses the events of the forwarder',
    check: 'forwarder-events',
    says: /EventBridge has accepted no event of pod forwarder-1 since 2026-11-28T10:00:00Z: AccessDeniedException: not authorized/,
    remedy: /allow the forwarder's role to put events/,
    break: async (world) =>
      world.setForwarderLog(
        [
          { level: 'INFO', time: '2026-11-28T09:00:00Z', message: 'started' },
          {
            level: 'WARN',
            time: '2026-11-28T10:00:00Z',
            message: 'sending events fails and is retried',
            reason: 'AccessDeniedException',
            error: 'not authorized to perform events:PutEvents',
            remedy: "allow the forwarder's role to put events to the bus",
          },
        ]
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
      ),
    repair: async (world) => world.setForwarderLog(''),
  },
  {
    what: 'the chart in the cluster belongs to another cluster',
    check: 'chart-cluster',
    says: /belongs to another cluster than "test" in eu-central-1: its forwarder sends to event bus "kube-aws-iam-other" in eu-west-1 instead of event bus "kube-aws-iam-test" in eu-central-1/,
    remedy: /choose another --context or --cluster; otherwise apply the manifests/,
    break: (world) => setForwarderTarget(world, 'kube-aws-iam-other', 'eu-west-1'),
    repair: (world) => setForwarderTarget(world, 'kube-aws-iam-test', 'eu-central-1'),
  },
  {
    what: "the forwarder's Secret has expired",
    check: 'forwarder-secret',
    says: /credentials in Secret aws-iam-kube-aws-iam-forwarder-eu-central-1-test expired at 2020-01-01T00:00:00Z/,
    remedy: /check the log of the refresh function/,
    break: (world) => setExpiry(world, '2020-01-01T00:00:00Z'),
    repair: (world) => setExpiry(world, new Date(Date.now() + 3_600_000).toISOString()),
  },
  {
    what: 'the function was deployed with other settings',
    check: 'refresh-environment',
    says: /it differs from cdk\.json in NAMESPACE_RESTRICTIONS.*NAMESPACE_RESTRICTIONS: required; cdk\.json: annotated/s,
    remedy: /npx cdk deploy KubeAwsIam-test/,
    caller: async () => ({ settings: { ...SETTINGS, namespaceRestrictions: 'annotated' } }),
  },
];

/** Clusters that problems have started, to be stopped after the tests. */
export const startedClusters: { stop(): Promise<void> }[] = [];

/** Registers the cluster with EKS, with changes. */
export function addCluster(
  { cloud, cluster }: Pick<DoctorWorld, 'cloud' | 'cluster'>,
  changes: Partial<EksCluster>,
): void {
  const { url: endpoint, caPem } = cluster;
  cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint, caPem, ...changes });
}

function putEntry({ cloud }: DoctorWorld, kubernetesGroups: readonly string[]): void {
  const principalArn = REFRESHER_ROLE_ARN;
  cloud.eks.putAccessEntry({ clusterName: CLUSTER_NAME, principalArn, kubernetesGroups });
}

/** Changes where the forwarder of the installed chart sends its events. */
function setForwarderTarget(world: DoctorWorld, eventBusName: string, region: string) {
  const env = [
    { name: 'EVENT_BUS_NAME', value: eventBusName },
    { name: 'AWS_REGION', value: region },
  ];
  const containers = [{ name: 'forwarder', image: 'node', env }];
  return world.patch(FORWARDER, { spec: { template: { spec: { containers } } } });
}

function setPod(world: DoctorWorld, status: object): Promise<void> {
  return world.patch(`${PODS}/forwarder-1/status`, { status });
}

function setExpiry(world: DoctorWorld, expiresAt: string): Promise<void> {
  const secret = 'aws-iam-kube-aws-iam-forwarder-eu-central-1-test';
  return asRefresher(world, `/api/v1/namespaces/kube-aws-iam/secrets/${secret}`, {
    metadata: { annotations: { 'kube-aws-iam/expires-at': expiresAt } },
  });
}

async function asRefresher({ cluster }: DoctorWorld, path: string, body: object): Promise<void> {
  const send = cluster.as({ user: 'refresher', group: REFRESHERS_GROUP });
  const response = await send('PATCH', path, body, 'application/merge-patch+json');
  expect(response.status).toBe(200);
}

function containerStatus(state: object) {
  return { name: 'forwarder', image: 'node', imageID: '', ready: false, restartCount: 0, state };
}
