import * as z from 'zod';

/**
 * The fields of a kubeconfig that decide where a request goes and as whom, as kubectl reads them (`clientcmd/api/v1` of
 * client-go). Fields that neither kubectl nor this schema knows are ignored, as kubectl does.
 *
 * The product does not read kubeconfigs with @kubernetes/client-node: version 2.0.1, the newest, reads `token-file` for
 * `tokenFile`, drops `as-uid`, `as-groups` and `as-user-extra`, runs plugins without `KUBERNETES_EXEC_INFO`, with an open
 * standard input and without a time limit, resolves their paths against the working directory, and rejects a file for an
 * entry that is not used, for a repeated key and for being empty.
 */

/** A text; an empty one counts as missing, as in Go. */
export const optionalText = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

/** A file. Its entries are validated when they are used: broken ones that are not used do not matter. */
export const kubeconfigFile = z.object({
  apiVersion: z.enum(['v1', '']).nullish(),
  kind: z.enum(['Config', '']).nullish(),
  'current-context': optionalText,
  clusters: z.array(z.unknown()).nullish(),
  contexts: z.array(z.unknown()).nullish(),
  users: z.array(z.unknown()).nullish(),
});

/** How to reach a cluster. */
export const clusterFields = z.object({
  server: optionalText,
  'certificate-authority': optionalText,
  'certificate-authority-data': optionalText,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': optionalText,
  'proxy-url': optionalText,
  extensions: z.array(z.object({ name: z.string(), extension: z.unknown() })).nullish(),
});
export type ClusterFields = z.infer<typeof clusterFields>;

/** A cluster and a user, by name. */
export const contextFields = z.object({
  cluster: optionalText,
  user: optionalText,
  namespace: optionalText,
});

/** A program that prints credentials. */
const execFields = z.object({
  apiVersion: optionalText,
  command: optionalText,
  args: texts,
  env: z
    .array(z.object({ name: z.string().default(''), value: z.string().default('') }))
    .nullish()
    .transform((value) => value ?? []),
  interactiveMode: optionalText,
  provideClusterInfo: flag,
  installHint: optionalText,
});
export type ExecFields = z.infer<typeof execFields>;

/** The credentials of a user, and whom it acts as. */
export const userFields = z.object({
  'client-certificate': optionalText,
  'client-certificate-data': optionalText,
  'client-key': optionalText,
  'client-key-data': optionalText,
  token: optionalText,
  tokenFile: optionalText,
  username: optionalText,
  password: optionalText,
  as: optionalText,
  'as-uid': optionalText,
  'as-groups': texts,
  'as-user-extra': z
    .record(z.string(), texts)
    .nullish()
    .transform((value) => value ?? {}),
  'auth-provider': z
    .object({ name: optionalText, config: z.record(z.string(), z.string()).nullish() })
    .nullish(),
  exec: execFields.nullish(),
});
export type UserFields = z.infer<typeof userFields>;

/** A context of a kubeconfig. Paths in it are absolute. */
export interface LoadedContext {
  readonly name: string;
  readonly cluster: ClusterFields & {
    /** Name of the cluster in the kubeconfig. */
    readonly name: string;
    /** URL of the server; it starts with `https://`. */
    readonly server: string;
  };
  readonly user: UserFields & {
    /** Name of the user in the kubeconfig. */
    readonly name: string;
  };
  /** The namespace of the context. */
  readonly namespace: string;
}
