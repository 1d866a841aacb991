import { MAX_ROLE_ARN_LENGTH } from './aws/role-arn.ts';

/**
 * Limits on what a tenant controls: anyone who can create pods or AWSIAMRoles in one namespace. What is beyond a limit is
 * cut when it is observed, reported to its owner, and does not affect other namespaces. `docs/limits.md` lists all of
 * them.
 */
export const BUDGET = {
  /**
   * Maximum size of a page of a list, in bytes. A larger page is not received to its end, but requested again with fewer
   * objects. etcd rejects objects of more than 1.5 MiB, so that one object always fits.
   */
  pageBytes: 6_291_456,

  /** Maximum number of objects in a page: about 4 MB of ordinary pods. One page is in memory at a time. */
  pageObjects: 500,

  /**
   * Size of an object, in bytes. If the objects of a page have more on average and are all of one namespace, it is reported:
   * such pages have few objects and slow the list down. Nothing is cut.
   */
  objectBytes: 102_400,

  /**
   * Maximum number of volumes, projected sources and environment variables of a pod that are decoded, because they may use
   * a Secret. The spec of a pod has room for 70,000. A kubelet would need minutes to mount so many.
   */
  secretReferencesPerPod: 1_000,

  /**
   * Maximum number of Secrets that are considered of a pod, separately for mounted ones with the prefix, other mounted ones,
   * and those with the prefix in environment variables. An ingress gateway may mount some dozens.
   */
  secretNamesPerPod: 250,

  /**
   * Maximum number of different names of Secrets that a pass remembers for the pods of a namespace: 2.5 MB of the longest
   * names. Kubernetes is tested with up to 3,000 pods in a namespace.
   */
  secretNamesPerNamespace: 10_000,

  /**
   * Maximum number of roles that a pod can request. The spec of a pod has room for 15,000 names, and each one that a
   * pattern allows costs a call to STS, of which an account has 600 per second.
   */
  rolesPerPod: 20,

  /** Maximum length of the annotations of a namespace that allow roles, in characters: about 130 ARNs. */
  allowedRolesLength: 8_192,

  /** Maximum length of each of their regular expressions, in characters. */
  expressionLength: 512,

  /**
   * Maximum size of all compiled expressions of an annotation, in RE2 instructions: about 14 whole ARNs or 60 names. The
   * time of a match is proportional to it and to the length of the ARN, at most 10 ms.
   */
  expressionInstructions: 1_000,

  /** Maximum sum of the repetition counts of an expression: each repeated instruction is compiled as often. */
  expressionRepetitions: 250,

  /** Maximum number of owners that are read of a Secret. One with more does not belong to the product. */
  ownersPerSecret: 10,

  /** Maximum number of finalizers that are read of an object that is being deleted. */
  finalizersPerObject: 10,

  /** Maximum length of each annotation of the product on a Secret, in characters. The longest that it writes is a role's ARN. */
  ownAnnotationLength: 1_024,

  /**
   * Maximum length of the list of the labels and annotations that the product wrote to a Secret, in characters: about 100 keys.
   * Keys beyond it stay on the Secret when they are no longer configured.
   */
  writtenMetadataLength: 4_096,

  /**
   * Maximum number of Secrets with the product's label that a pass considers in one namespace, in the order of their names. The
   * product creates fewer; a tenant may write the label too.
   */
  labelledSecretsPerNamespace: 5_000,

  /**
   * Maximum number of Secrets that the product creates in one namespace. Those that exist are renewed. By default, an account
   * has 1,000 roles.
   */
  secretsPerNamespace: 2_000,

  /**
   * Maximum number of AWSIAMRoles without credentials that a pass considers in one namespace, in the order of their names.
   */
  awsIamRolesPerNamespace: 2_000,

  /** The same for AWSIAMRoles whose status has an expiry: they have a Secret, and new ones do not displace them. */
  issuedAwsIamRolesPerNamespace: 2_000,

  /**
   * Maximum size of a field of an AWSIAMRole's metadata, spec or status that a list decodes, as JSON, in bytes. More than all
   * of their own limits. Fields that the product does not use are not decoded beyond it either.
   */
  awsIamRoleFieldBytes: 65_536,

  /** Maximum length of `spec.roleReference`, in characters. No ARN of a role is longer. */
  roleReferenceLength: MAX_ROLE_ARN_LENGTH,

  /** Maximum length of the labels of an AWSIAMRole, keys and values, in characters. Those beyond it are not copied to its Secret. */
  labelLength: 4_096,

  /**
   * Maximum size of the conditions of an AWSIAMRole, as JSON, in characters. The product writes one of at most 1,400; if others
   * write more, it leaves the conditions as they are.
   */
  conditionsLength: 4_096,

  /**
   * Maximum number of missing Secrets that a pass creates in one namespace, separately for pods and AWSIAMRoles. The pods
   * of a namespace may request any number of roles; each takes up to a millisecond to check and a call to STS, while other
   * namespaces wait.
   */
  missingSecretsPerNamespace: 500,

  /** How long a pass looks up missing Secrets, in milliseconds: renewals wait for it. Ten thousand lookups take two seconds. */
  lookUpMs: 10_000,

  /**
   * Maximum number of Events that a pass writes; namespaces take turns. Each may take three requests, and etcd stores them next
   * to everything else. The next pass writes the rest.
   */
  eventsPerPass: 100,

  /** Maximum number of Events that a pass considers for one namespace. */
  eventsPerNamespace: 500,

  /**
   * Maximum number of Events about one object at once; after that, one in five minutes, as in client-go's
   * `EventSourceObjectSpamFilter`. An error message that differs each time would otherwise be a new Event every minute.
   */
  eventsPerObject: 25,

  /**
   * Number of urgent items of one namespace that a pass carries out in the order of their urgency. Those beyond it, and
   * each further share, come after the shares of all other namespaces: about two seconds of the 47 that a pass has.
   */
  urgentItemsPerNamespace: 500,

  /**
   * Number of roles of one namespace that a container is denied in a minute, up to the 25 in progress, until it tries no
   * other one there. Retries take up half of them, each role in its turn.
   */
  deniedPerNamespacePerMinute: 100,

  /**
   * Time that a pass takes to write statuses of AWSIAMRoles in one namespace, as the sum of all its writes, in milliseconds: about
   * a hundred, or a few of large AWSIAMRoles. The next pass writes the rest.
   */
  statusMsPerNamespace: 2_000,

  /** Maximum number of lines that a pass or pod event logs about one namespace at INFO and WARN. One more has the number of the others. */
  logLinesPerNamespace: 100,

  /**
   * Maximum number of objects of one namespace that a container remembers for each purpose: failed roles, logged problems,
   * written Events and statuses, created Secrets. The least recent ones are forgotten.
   */
  rememberedPerNamespace: 2_000,

  /**
   * Maximum size of an object in the watches of the forwarder, and of a pod that an event names, in bytes of JSON. A larger one
   * is skipped while it arrives, and left to the refresh passes. Pods have some kilobytes; annotations add at most 256 KiB, twice as much in JSON.
   */
  watchedObjectBytes: 1_048_576,

  /**
   * Maximum number of credential requests of one namespace that the forwarder sends within a minute, and that a container looks
   * up in a minute, because events can be forged. Those beyond it cost no request to the API server or STS, and are left to
   * the refresh passes. A namespace with more new roles in a minute is rare: a Deployment is one request.
   */
  requestsPerNamespacePerMinute: 200,

  /**
   * Maximum number of credential requests that wait in the forwarder: 9 MB with the longest names. Those beyond it are left to the
   * refresh passes. One namespace cannot fill it, because of its budget per minute.
   */
  waitingRequests: 10_000,

  /**
   * Maximum number of connections to the metrics of the forwarder. With one more, the oldest is closed: any pod can keep
   * connections open.
   */
  metricsConnections: 64,

  /**
   * Maximum number of pod events that are handled at once: the reserved concurrency of the events function, unless the setting
   * `reservedConcurrency` changes it. Lambda retries those beyond it for a minute and then drops them, and the next refresh pass
   * serves their pods. An event alone takes about 100 ms, so that five at once serve 50 events a second, each with up to 500 pods.
   */
  concurrentPodEvents: 5,
} as const;

/** The name of a budget. */
export type BudgetKey = keyof typeof BUDGET;
