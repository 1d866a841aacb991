import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';

/** A pod that requests the role `app-orders` by annotation, and the same pod with manual mounts. */
export interface Shape {
  readonly title: string;
  readonly asked: V1PodSpec;
  readonly byHand: V1PodSpec;
}

const PATH = '/meta/aws-iam';
const CONFIG_PATH = '/meta/aws-iam-config';
const VARIABLE = 'AWS_SHARED_CREDENTIALS_FILE';
/** What a container with its own mount at the path gets: the file in that mount. */
const ENV = { name: VARIABLE, value: '/meta/aws-iam/credentials.process' };
const CONFIG_ENV = { name: VARIABLE, value: '/meta/aws-iam-config/credentials.process' };
const OWN_ENV = { name: VARIABLE, value: '/own/credentials' };
const JAVA_ENV = { name: 'AWS_CREDENTIAL_PROFILES_FILE', value: '/meta/aws-iam/credentials' };
const OWN_JAVA_ENV = { name: 'AWS_CREDENTIAL_PROFILES_FILE', value: '/own/credentials' };

const container = (name: string, rest: Partial<V1Container> = {}): V1Container => ({
  name,
  image: 'app',
  ...rest,
});
const mount = (name: string, mountPath = PATH) => ({ name, mountPath, readOnly: true });
const CONFIG_MOUNT = mount('kube-aws-iam-config', CONFIG_PATH);
/** A container with all that the injection adds. */
const given = (name: string, { volumeMounts = [], env = [], ...rest }: Partial<V1Container> = {}) =>
  container(name, {
    volumeMounts: [...volumeMounts, mount('kube-aws-iam'), CONFIG_MOUNT],
    env: [...env, CONFIG_ENV, JAVA_ENV],
    ...rest,
  });
const secretVolume = (name: string, secretName = 'aws-iam-app-orders', rest: object = {}) => ({
  name,
  secret: { secretName, ...rest },
});
const ADDED = secretVolume('kube-aws-iam');
const configVolume = (name = 'kube-aws-iam-config', secretName = 'aws-iam-app-orders') =>
  secretVolume(name, secretName, {
    items: [{ key: 'credentials.process', path: 'credentials.process' }],
  });
/** The volumes that the injection adds for a Secret. */
export const injectedVolumes = (secretName: string): V1Volume[] => [
  secretVolume('kube-aws-iam', secretName),
  configVolume('kube-aws-iam-config', secretName),
];
const CONFIG = configVolume();
const SCRATCH: V1Volume = { name: 'scratch', emptyDir: {} };
const PROJECTED: V1Volume = {
  name: 'all',
  projected: {
    sources: [{ secret: { name: 'aws-iam-app-orders' } }, { configMap: { name: 'x' } }],
  },
};
/** The example of the README. */
const BY_HAND: V1PodSpec = {
  containers: [container('web', { env: [ENV, JAVA_ENV], volumeMounts: [mount('aws-iam')] })],
  volumes: [secretVolume('aws-iam')],
};

/** Pods with each combination of existing volumes, mounts and variables. */
export const SHAPES: readonly Shape[] = [
  {
    title: 'one container',
    asked: { containers: [container('web')] },
    byHand: { containers: [given('web')], volumes: [ADDED, CONFIG] },
  },
  {
    title: 'empty lists',
    asked: {
      containers: [container('web', { env: [], volumeMounts: [] })],
      initContainers: [],
      volumes: [],
    },
    byHand: { containers: [given('web')], volumes: [ADDED, CONFIG] },
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
      volumes: [SCRATCH, ADDED, CONFIG],
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
      volumes: [ADDED, CONFIG],
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
      volumes: [ADDED, CONFIG],
    },
  },
  {
    title: 'the host network',
    asked: { hostNetwork: true, containers: [container('web')] },
    byHand: { hostNetwork: true, containers: [given('web')], volumes: [ADDED, CONFIG] },
  },
  {
    title: 'a pod with os linux',
    asked: { os: { name: 'linux' }, containers: [container('web')] },
    byHand: { os: { name: 'linux' }, containers: [given('web')], volumes: [ADDED, CONFIG] },
  },
  {
    title: "a container's own variable",
    asked: {
      initContainers: [container('first', { env: [OWN_ENV] })],
      containers: [container('web', { env: [OWN_ENV] }), container('log')],
    },
    byHand: {
      initContainers: [
        container('first', { env: [OWN_ENV, JAVA_ENV], volumeMounts: [mount('kube-aws-iam')] }),
      ],
      containers: [
        container('web', { env: [OWN_ENV, JAVA_ENV], volumeMounts: [mount('kube-aws-iam')] }),
        given('log'),
      ],
      volumes: [ADDED, CONFIG],
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
      initContainers: [
        container('first', { env: [ENV, JAVA_ENV], volumeMounts: [mount('scratch')] }),
      ],
      containers: [
        container('web', { env: [ENV, JAVA_ENV], volumeMounts: [mount('scratch')] }),
        given('log'),
      ],
      volumes: [SCRATCH, ADDED, CONFIG],
    },
  },
  ...[`${PATH}/`, `/${PATH}`, PATH.slice(1), '/meta//aws-iam//'].map((path) => ({
    title: `a mount at ${path}, which is the same path`,
    asked: {
      containers: [container('web', { volumeMounts: [mount('scratch', path)] })],
      volumes: [SCRATCH],
    },
    byHand: {
      containers: [
        container('web', { env: [ENV, JAVA_ENV], volumeMounts: [mount('scratch', path)] }),
      ],
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
      volumes: [SCRATCH, ADDED, CONFIG],
    },
  },
  { title: 'the manual mounts of the README', asked: BY_HAND, byHand: BY_HAND },
  {
    title: "the Secret's volume, mounted elsewhere",
    asked: {
      containers: [container('web', { volumeMounts: [mount('mine', '/mine')] }), container('log')],
      volumes: [secretVolume('mine', 'aws-iam-app-orders', { defaultMode: 0o440 })],
    },
    byHand: {
      containers: [
        container('web', {
          env: [CONFIG_ENV, JAVA_ENV],
          volumeMounts: [mount('mine', '/mine'), mount('mine'), CONFIG_MOUNT],
        }),
        container('log', {
          env: [CONFIG_ENV, JAVA_ENV],
          volumeMounts: [mount('mine'), CONFIG_MOUNT],
        }),
      ],
      volumes: [secretVolume('mine', 'aws-iam-app-orders', { defaultMode: 0o440 }), CONFIG],
    },
  },
  {
    title: "the Secret's optional volume, so that the pod does not wait for it",
    asked: {
      containers: [container('web', { volumeMounts: [mount('mine', '/mine')] })],
      volumes: [secretVolume('mine', 'aws-iam-app-orders', { defaultMode: 0o440, optional: true })],
    },
    byHand: {
      containers: [
        container('web', {
          env: [ENV, JAVA_ENV],
          volumeMounts: [mount('mine', '/mine'), mount('mine')],
        }),
      ],
      volumes: [secretVolume('mine', 'aws-iam-app-orders', { defaultMode: 0o440, optional: true })],
    },
  },
  {
    title: "the Secret's volume, already named kube-aws-iam",
    asked: { containers: [container('web')], volumes: [ADDED] },
    byHand: { containers: [given('web')], volumes: [ADDED, CONFIG] },
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
        CONFIG,
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
      containers: [
        container('web', { env: [ENV, JAVA_ENV], volumeMounts: [mount('all')] }),
        given('log'),
      ],
      volumes: [PROJECTED, ADDED, CONFIG],
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
        container('bill', { env: [ENV, JAVA_ENV], volumeMounts: [mount('aws-iam')] }),
      ],
      volumes: [secretVolume('aws-iam', 'aws-iam-app-billing'), ADDED, CONFIG],
    },
  },
  {
    title: 'another volume named kube-aws-iam, when none has to be added',
    asked: {
      containers: [container('web', { volumeMounts: [mount('kube-aws-iam')] })],
      volumes: [{ name: 'kube-aws-iam', emptyDir: {} }],
    },
    byHand: {
      containers: [
        container('web', { env: [ENV, JAVA_ENV], volumeMounts: [mount('kube-aws-iam')] }),
      ],
      volumes: [{ name: 'kube-aws-iam', emptyDir: {} }],
    },
  },
  {
    title: 'the second volume, but not the first',
    asked: { containers: [container('web')], volumes: [CONFIG] },
    byHand: { containers: [given('web')], volumes: [CONFIG, ADDED] },
  },
  {
    title: 'the second volume by another name, which is not reused',
    asked: { containers: [container('web')], volumes: [configVolume('mine')] },
    byHand: { containers: [given('web')], volumes: [configVolume('mine'), ADDED, CONFIG] },
  },
  {
    title: "a container's own mount at the path of the second volume",
    asked: {
      containers: [container('web', { volumeMounts: [mount('scratch', `${CONFIG_PATH}/`)] })],
      volumes: [SCRATCH],
    },
    byHand: {
      containers: [
        container('web', {
          env: [ENV, JAVA_ENV],
          volumeMounts: [mount('scratch', `${CONFIG_PATH}/`), mount('kube-aws-iam')],
        }),
      ],
      volumes: [SCRATCH, ADDED],
    },
  },
  {
    title: 'another volume named kube-aws-iam-config, when none has to be added',
    asked: {
      containers: [container('web', { env: [OWN_ENV] })],
      volumes: [{ name: 'kube-aws-iam-config', emptyDir: {} }],
    },
    byHand: {
      containers: [
        container('web', { env: [OWN_ENV, JAVA_ENV], volumeMounts: [mount('kube-aws-iam')] }),
      ],
      volumes: [{ name: 'kube-aws-iam-config', emptyDir: {} }, ADDED],
    },
  },
  {
    title: "a container's own variable for version 1 of the SDK for Java",
    asked: { containers: [container('web', { env: [OWN_JAVA_ENV] })] },
    byHand: {
      containers: [
        container('web', {
          env: [OWN_JAVA_ENV, CONFIG_ENV],
          volumeMounts: [mount('kube-aws-iam'), CONFIG_MOUNT],
        }),
      ],
      volumes: [ADDED, CONFIG],
    },
  },
];
