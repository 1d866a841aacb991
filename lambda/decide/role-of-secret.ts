import { SECRET_NAME_PREFIX } from '../../contract/secret.ts';

/** Why a Secret whose name begins with the prefix cannot be one of ours. */
export type NotARole = 'service-account-token' | 'impossible-secret-name' | 'impossible-role-name';

/** The role that a Secret's name stands for, or why it stands for none. */
export type RoleOfSecret =
  | { readonly role: string }
  | { readonly role?: undefined; readonly reason: NotARole; readonly message: string };

/** Names of Secrets: a DNS-1123 subdomain of at most 253 characters (Kubernetes object names). */
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const LONGEST_SECRET_NAME = 253;
/** Longest name of an IAM role. */
const LONGEST_ROLE_NAME = 64;
/** What Kubernetes before 1.24 called the token of a ServiceAccount `aws-iam-…`; the suffix has no vowels. */
const TOKEN_NAME = /-token-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/**
 * Reads the role out of a Secret's name: what follows `aws-iam-`. A Secret's name can hold neither upper case nor `/`,
 * `_`, `+`, `=`, `,` or `@`, so a role that has one needs another way to be named.
 *
 * @param name - a name that begins with the prefix; it comes from a pod's author
 */
export function roleOfSecret(name: string): RoleOfSecret {
  if (name.length > LONGEST_SECRET_NAME || !name.split('.').every((label) => LABEL.test(label))) {
    return {
      reason: 'impossible-secret-name',
      message:
        'no Secret can have this name: Kubernetes allows lower-case letters, digits, "-" and "." only, ' +
        `${LONGEST_SECRET_NAME} characters at most, so a role with upper case or a path cannot be named this way`,
    };
  }
  const role = name.slice(SECRET_NAME_PREFIX.length);
  if (TOKEN_NAME.test(role)) {
    return {
      reason: 'service-account-token',
      message: 'this is the name of a ServiceAccount token, not of a role',
    };
  }
  if (role.length > LONGEST_ROLE_NAME) {
    return {
      reason: 'impossible-role-name',
      message: `no IAM role can have this name: it is longer than ${LONGEST_ROLE_NAME} characters`,
    };
  }
  return { role };
}
