import { z } from 'zod';

const DEFAULT_MODE = 0o644;

const KeyToPath = z.looseObject({
  key: z.string(),
  path: z.string(),
  mode: z.number().optional(),
});

const Mounts = {
  volumeMounts: z
    .array(z.looseObject({ name: z.string().default(''), mountPath: z.string().default('') }))
    .optional(),
};

const Container = z.looseObject({
  name: z.string().default(''),
  image: z.string().default(''),
  ...Mounts,
});

const SecretSource = {
  optional: z.boolean().optional(),
  items: z.array(KeyToPath).optional(),
};

const Volume = z.looseObject({
  name: z.string().default(''),
  secret: z
    .looseObject({
      secretName: z.string().default(''),
      defaultMode: z.number().default(DEFAULT_MODE),
      ...SecretSource,
    })
    .optional(),
  projected: z
    .looseObject({
      defaultMode: z.number().default(DEFAULT_MODE),
      sources: z
        .array(
          z.looseObject({
            secret: z.looseObject({ name: z.string().default(''), ...SecretSource }).optional(),
          }),
        )
        .default([]),
    })
    .optional(),
});

/** A pod's spec. Fields that are validated or mounted are typed; all others are kept. Defaults are those of the API server. */
export const PodSpec = z.looseObject({
  volumes: z.array(Volume).optional(),
  initContainers: z.array(Container).optional(),
  containers: z.array(Container).default([]),
  nodeName: z.string().optional(),
  restartPolicy: z.string().default('Always'),
  terminationGracePeriodSeconds: z.number().default(30),
  dnsPolicy: z.string().default('ClusterFirst'),
  securityContext: z.looseObject({}).default({}),
  schedulerName: z.string().default('default-scheduler'),
  enableServiceLinks: z.boolean().default(true),
});
export type PodSpec = z.infer<typeof PodSpec>;
export type KeyToPath = z.infer<typeof KeyToPath>;
export type Container = z.infer<typeof Container>;
export type Volume = z.infer<typeof Volume>;
