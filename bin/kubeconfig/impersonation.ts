import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { UserFields } from './kubeconfig-schema.ts';

/** The fields of a kubeconfig that name whom to act as. */
type Impersonation = Pick<UserFields, 'as' | 'as-uid' | 'as-groups' | 'as-user-extra'>;

/**
 * Returns the headers that make the API server treat a request as one of somebody else (Kubernetes documentation, "User
 * impersonation").
 *
 * @throws {ClusterSetupError} when a uid, groups or extra fields are set without a user: without it they have no effect,
 * and requests would have all permissions of the caller
 */
export function impersonationHeaders(
  context: string,
  { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra }: Impersonation,
): Readonly<Record<string, string | string[]>> {
  const others = { 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra };
  if (as === undefined) {
    const field = Object.entries(others).find(([, value]) => Object.keys(value ?? '').length > 0);
    if (field === undefined) return {};
    throw new ClusterSetupError(
      `context "${context}" sets "${field[0]}" without "as", which would have no effect: set "as" in the kubeconfig, or remove "${field[0]}"`,
    );
  }
  const value = (field: keyof Impersonation) => (text: string) => headerValue(context, field, text);
  return {
    'impersonate-user': value('as')(as),
    ...(uid === undefined ? {} : { 'impersonate-uid': value('as-uid')(uid) }),
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups.map(value('as-groups')) }),
    ...Object.fromEntries(
      Object.entries(extra)
        .filter(([, values]) => values.length > 0)
        .map(([key, values]) => [
          `impersonate-extra-${escapeKey(key)}`,
          values.map(value('as-user-extra')),
        ]),
    ),
  };
}

/** Writes UTF-8, which HTTP clients take for Latin-1. */
function headerValue(context: string, field: string, text: string): string {
  const value = Buffer.from(text, 'utf8').toString('latin1');
  const isValid = [...value].every((character) => character >= ' ' && character !== '\x7f');
  if (isValid) return value;
  throw new ClusterSetupError(
    `"${field}" of context "${context}" contains a control character: correct it in the kubeconfig`,
  );
}

/** Percent-encodes what a header's name cannot contain, as `headerKeyEscape` of client-go. */
function escapeKey(key: string): string {
  return [...Buffer.from(key, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(character)
        ? character
        : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
    })
    .join('');
}
