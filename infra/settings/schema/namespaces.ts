import { z } from 'zod';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  ALLOWED_ROLES_FORMATS,
  NAMESPACE_RESTRICTIONS,
} from '../../../contract/kubernetes/namespace.ts';
import { NAMESPACE_NAME } from '../../../contract/kubernetes/object-name.ts';
import { ENVIRONMENT_LIMITS, namespacesFitEnvironment } from '../environment-limit.ts';
import { type CombinationProblem, quoted, SETTING_DOCS } from '../setting-docs.ts';

const namespaceName = z.string().regex(NAMESPACE_NAME);

/** Settings about namespaces: which ones are managed, and how they restrict roles. */
export const namespaceShape = {
  namespaceRestrictions: z
    .enum(NAMESPACE_RESTRICTIONS)
    .default('required')
    .register(SETTING_DOCS, {
      expected: `one of ${quoted(NAMESPACE_RESTRICTIONS)}`,
      description:
        'Whether a namespace must list the roles that it allows. `required`: a namespace without an annotation gets no roles. `annotated`: enforced only in namespaces that have an annotation. `off`: not enforced.',
      whenOmitted: '`required`',
    }),
  allowedRolesFormat: z
    .enum(ALLOWED_ROLES_FORMATS)
    .default('glob')
    .register(SETTING_DOCS, {
      expected: `one of ${quoted(ALLOWED_ROLES_FORMATS)}`,
      description:
        "Format of the namespace annotation `iam.amazonaws.com/allowed-roles`. `glob`: `*` matches any characters. `regexp`: regular expressions that are not anchored at the end, so `orders` also allows `orders-admin`, and `orders$` does not; same as kube2iam's `--namespace-restriction-format=regexp`.",
      whenOmitted: '`glob`',
    }),
  namespaces: z.array(namespaceName).min(1).optional().register(SETTING_DOCS, {
    expected:
      'a list of at least one namespace name (no patterns), such as ["team-a"]; omit it to manage all namespaces',
    description:
      'The namespaces to manage; all others are ignored. They must exist when the chart is installed, because the refresher then has permissions in these namespaces only.',
    whenOmitted: 'all namespaces',
  }),
  excludedNamespaces: z.array(namespaceName).optional().register(SETTING_DOCS, {
    expected: 'a list of namespace names (no patterns), such as ["kube-system"]',
    description:
      'Namespaces to ignore. Secrets in a namespace that is excluded later are not removed; their credentials expire with their sessions.',
    whenOmitted: 'none',
  }),
};

interface NamespaceSettings {
  readonly namespaces?: readonly string[] | undefined;
  readonly excludedNamespaces?: readonly string[] | undefined;
  readonly forwarderCredentials?: unknown;
}

/** Returns all problems with the combination of managed and excluded namespaces. */
export function validateNamespaces(settings: NamespaceSettings): readonly CombinationProblem[] {
  const { namespaces = [], excludedNamespaces = [] } = settings;
  const problems: CombinationProblem[] = excludedNamespaces.flatMap((name, index) => {
    const message = whyNotExcluded(name, settings);
    return message === undefined ? [] : [{ path: ['excludedNamespaces', index], message }];
  });
  if (namespacesFitEnvironment(namespaces, excludedNamespaces)) return problems;
  const tooLong = namespacesFitEnvironment(namespaces) ? 'excludedNamespaces' : 'namespaces';
  return [
    ...problems,
    {
      path: [tooLong],
      message: `it is too long: namespaces and excludedNamespaces can have ${ENVIRONMENT_LIMITS.namespaces} characters together, including quotes and commas, because they are stored in the 4 KB environment of a Lambda function; omit namespaces to manage all`,
    },
  ];
}

function whyNotExcluded(
  name: string,
  { namespaces = [], forwarderCredentials }: NamespaceSettings,
): string | undefined {
  if (namespaces.includes(name)) {
    return 'namespaces contains it as well; remove it from one of the two';
  }
  if (name === PRODUCT_NAMESPACE && forwarderCredentials === undefined) {
    return `it cannot be excluded, because the forwarder in it gets its credentials from the refresher; remove ${PRODUCT_NAMESPACE}, or set forwarderCredentials`;
  }
  return undefined;
}

/**
 * The namespaces that the functions and the forwarder manage; empty means all. Includes the product's own namespace if
 * the forwarder gets its credentials from a Secret, as any pod does.
 */
export function effectiveNamespaces({
  namespaces = [],
  forwarderCredentials,
}: Pick<NamespaceSettings, 'namespaces' | 'forwarderCredentials'>): readonly string[] {
  if (namespaces.length === 0 || forwarderCredentials !== undefined) return namespaces;
  return [...new Set([...namespaces, PRODUCT_NAMESPACE])];
}
