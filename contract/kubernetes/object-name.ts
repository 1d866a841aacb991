/**
 * Names of Kubernetes objects (Kubernetes documentation, "Object Names and IDs").
 */

/** Maximum length of an object's name, in characters. */
export const MAX_OBJECT_NAME_LENGTH = 253;

/** The name of a namespace: an RFC 1123 label. */
export const NAMESPACE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The name of a pod, Secret or AWSIAMRole: an RFC 1123 subdomain. */
export const OBJECT_NAME = new RegExp(
  `^(?=.{1,${MAX_OBJECT_NAME_LENGTH}}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$`,
);
