import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';

/** A pod that requests the role `app-orders` by annotation, and the same pod with manual mounts. */
export interface Shape {
  readonly title: string;
  readonly asked: V1PodSpec;
  readonly byHand: V1PodSpec;
}

const PATH = '/meta/aws-iam';
const ENV = { name: 'AWS_SHARED_CREDENTIALS_FILE', value: '/meta/aws-iam/credentials.process' };
const OWN_ENV = { name: 'AWS_SHARED_CREDENTIALS_FILE', value: '/own/credentials' };

const container = (name: string, rest: Partial<V1Container> = {}): V1Container => ({
  name,
  image: 'app',
  ...rest,
});
const mount = (name: string, mountPath = PATH) => ({ name, mountPath, readOnly: true });
/** A container with all that the injection adds. */
const given = (name: string, { volumeMounts = [], env = [], ...rest }: Partial<V1Container> = {}) =>
  container(name, {
    volumeMounts: [...volumeMounts, mount('kube-aws-iam')],
    env: [...env, ENV],
    ...rest,
  });
const secretVolume = (name: string, secretName = 'aws-iam-app-orders', rest: object = {}) => ({
  name,
  secret: { secretName, ...rest },
});
const ADDED = secretVolume('kube-aws-iam');
const SCRATCH: V1Volume = { name: 'scratch', emptyDir: {} };
const PROJECTED: V1Volume = {
  name: 'all',
  projected: {
    sources: [{ secret: { name: 'aws-iam-app-orders' } }, { configMap: { name: 'x' } }],
  },
};
/** The example of the README. */
const BY_HAND: V1PodSpec = {
  containers: [container('web', { env: [ENV], volumeMounts: [mount('aws-iam')] })],
  volumes: [secretVolume('aws-iam')],
};

/** Pods with each combination of existing volumes, mounts and variables. */
export const SHAPES: readonly Shape[] = [
  {
    title: 'one container',
    asked: { containers: [container('web')] },
    byHand: { containers: [given('web')], volumes: [ADDED] },
  },
  {
    title: 'empty lists',
    asked: {
      containers: [container('web', { env: [], volumeMounts: [] })],
      initContainers: [],
      volumes: [],
    },
    byHand: { containers: [given('web')], volumes: [ADDED] },
  },
  {
    title: 'several containers that already have volumes and variables',
    asked: {
      containers: [
        container('web', {
          env: [{ name: 'A', value: '1' }],
          volumeMounts: [{ name: 'scratch', mountPath: '/meta' }],
          securityContext: { readOnlyRootFilesystem: true },
          ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }],
        }),
        container('log', { envFrom: [{ configMapRef: { name: 'x' } }] }),
      ],
      volumes: [SCRATCH],
    },
    byHand: {
      containers: [
        given('web', {
          env: [{ name: 'A', value: '1' }],
          volumeMounts: [{ name: 'scratch', mountPath: '/meta' }],
          securityContext: { readOnlyRootFilesystem: true },
          ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }],
        }),
        given('log', { envFrom: [{ configMapRef: { name: 'x' } }] }),
      ],
      volumes: [SCRATCH, ADDED],
    },
  },
  {
    title: 'init containers and a sidecar, in their order',
    asked: {
      initContainers: [
        container('z'),
        container('proxy', { restartPolicy: 'Always' }),
        container('a'),
      ],
      containers: [container('web')],
    },
    byHand: {
      initContainers: [given('z'), given('proxy', { restartPolicy: 'Always' }), given('a')],
      containers: [given('web')],
      volumes: [ADDED],
    },
  },
  {
    title: 'a variable that is defined twice, refers to itself, and one from a Secret',
    asked: {
      containers: [
        container('web', {
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '$(A)2' },
            { name: 'B', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } },
          ],
        }),
      ],
    },
    byHand: {
      containers: [
        given('web', {
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '$(A)2' },
            { name: 'B', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } },
          ],
        }),
      ],
      volumes: [ADDED],
    },
  },
  {
    title: 'the host network',
    asked: { hostNetwork: true, containers: [container('web')] },
    byHand: { hostNetwork: true, containers: [given('web')], volumes: [ADDED] },
  },
  {
    title: 'a pod with os linux',
    asked: { os: { name: 'linux' }, containers: [container('web')] },
    byHand: { os: { name: 'linux' }, containers: [given('web')], volumes: [ADDED] },
  },
  {
    title: "a container's own variable",
    asked: {
      initContainers: [container('first', { env: [OWN_ENV] })],
      containers: [container('web', { env: [OWN_ENV] }), container('log')],
    },
    byHand: {
      initContainers: [
        container('first', { env: [OWN_ENV], volumeMounts: [mount('kube-aws-iam')] }),
      ],
      containers: [
        container('web', { env: [OWN_ENV], volumeMounts: [mount('kube-aws-iam')] }),
        given('log'),
      ],
      volumes: [ADDED],
    },
  },
  {
    title: "a container's own mount",
    asked: {
      initContainers: [container('first', { volumeMounts: [mount('scratch')] })],
      containers: [container('web', { volumeMounts: [mount('scratch')] }), container('log')],
      volumes: [SCRATCH],
    },
    byHand: {
      initContainers: [container('first', { env: [ENV], volumeMounts: [mount('scratch')] })],
      containers: [
        container('web', { env: [ENV], volumeMounts: [mount('scratch')] }),
        given('log'),
      ],
      volumes: [SCRATCH, ADDED],
    },
  },
  ...[`${PATH}/`, `/${PATH}`, PATH.slice(1), '/meta//aws-iam//'].map((path) => ({
    title: `a mount at ${path}, which is the same path`,
    asked: {
      containers: [container('web', { volumeMounts: [mount('scratch', path)] })],
      volumes: [SCRATCH],
    },
    byHand: {
      containers: [container('web', { env: [ENV], volumeMounts: [mount('scratch', path)] })],
      volumes: [SCRATCH],
    },
  })),
  {
    title: 'mounts next to and below the path',
    asked: {
      containers: [
        container('web', {
          volumeMounts: [mount('scratch', `${PATH}-more`), mount('scratch', `${PATH}/more`)],
        }),
      ],
      volumes: [SCRATCH],
    },
    byHand: {
      containers: [
        given('web', {
          volumeMounts: [mount('scratch', `${PATH}-more`), mount('scratch', `${PATH}/more`)],
        }),
      ],
      volumes: [SCRATCH, ADDED],
    },
  },
  { title: 'the manual mounts of the README', asked: BY_HAND, byHand: BY_HAND },
  {
    title: "the Secret's volume, mounted elsewhere",
    asked: {
      containers: [container('web', { volumeMounts: [mount('mine', '/mine')] })],
      volumes: [secretVolume('mine', 'aws-iam-app-orders', { defaultMode: 0o440, optional: true })],
    },
    byHand: {
      containers: [
        container('web', { env: [ENV], volumeMounts: [mount('mine', '/mine'), mount('mine')] }),
      ],
      volumes: [secretVolume('mine', 'aws-iam-app-orders', { defaultMode: 0o440, optional: true })],
    },
  },
  {
    title: "the Secret's volume, already named kube-aws-iam",
    asked: { containers: [container('web')], volumes: [ADDED] },
    byHand: { containers: [given('web')], volumes: [ADDED] },
  },
  {
    title: 'a volume with some keys of the Secret, which may lack the file',
    asked: {
      containers: [container('web')],
      volumes: [
        secretVolume('part', 'aws-iam-app-orders', { items: [{ key: 'expire', path: 'expire' }] }),
      ],
    },
    byHand: {
      containers: [given('web')],
      volumes: [
        secretVolume('part', 'aws-iam-app-orders', { items: [{ key: 'expire', path: 'expire' }] }),
        ADDED,
      ],
    },
  },
  {
    title:
      'a projected volume with the Secret and other sources, which not every container may read',
    asked: {
      containers: [container('web', { volumeMounts: [mount('all')] }), container('log')],
      volumes: [PROJECTED],
    },
    byHand: {
      containers: [container('web', { env: [ENV], volumeMounts: [mount('all')] }), given('log')],
      volumes: [PROJECTED, ADDED],
    },
  },
  {
    title: "another role's volume in one container, so two roles in the pod",
    asked: {
      containers: [
        container('web'),
        container('bill', { env: [ENV], volumeMounts: [mount('aws-iam')] }),
      ],
      volumes: [secretVolume('aws-iam', 'aws-iam-app-billing')],
    },
    byHand: {
      containers: [
        given('web'),
        container('bill', { env: [ENV], volumeMounts: [mount('aws-iam')] }),
      ],
      volumes: [secretVolume('aws-iam', 'aws-iam-app-billing'), ADDED],
    },
  },
  {
    title: 'another volume named kube-aws-iam, when none has to be added',
    asked: {
      containers: [container('web', { volumeMounts: [mount('kube-aws-iam')] })],
      volumes: [{ name: 'kube-aws-iam', emptyDir: {} }],
    },
    byHand: {
      containers: [container('web', { env: [ENV], volumeMounts: [mount('kube-aws-iam')] })],
      volumes: [{ name: 'kube-aws-iam', emptyDir: {} }],
    },
  },
];
