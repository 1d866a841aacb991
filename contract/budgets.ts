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
  pageBytes: 8_388_608,

  /** Maximum number of objects in a page: about 4 MB of ordinary pods. One page is in memory at a time. */
  pageObjects: 500,

  /**
   * Maximum number of roles that a pod can request. The spec of a pod has room for 15,000 names, and each one that a
   * pattern allows costs a call to STS, of which an account has 600 per second.
   */
  rolesPerPod: 20,

  /**
   * Maximum number of missing Secrets that a pass creates in one namespace, separately for pods and AWSIAMRoles. The pods
   * of a namespace may request any number of roles; each takes up to a millisecond to check and a call to STS, while other
   * namespaces wait.
   */
  missingSecretsPerNamespace: 500,
} as const;
