import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { ENVIRONMENT_LIMITS, namespacesFitEnvironment } from './environment-limit.ts';
import type { JointMistake } from './setting-docs.ts';

/** The settings that say which namespaces are looked at, and that which needs one of them. */
export interface ScopeSettings {
  readonly namespaces?: readonly string[] | undefined;
  readonly excludedNamespaces?: readonly string[] | undefined;
  readonly forwarderCredentials?: unknown;
}

/** The mistakes in which namespaces are looked at, each that was found. */
export function scopeMistakes(settings: ScopeSettings): readonly JointMistake[] {
  const { namespaces = [], excludedNamespaces = [] } = settings;
  const mistakes: JointMistake[] = excludedNamespaces.flatMap((name, index) => {
    const message = whyNotExcluded(name, settings);
    return message === undefined ? [] : [{ path: ['excludedNamespaces', index], message }];
  });
  if (namespacesFitEnvironment(namespaces, excludedNamespaces)) return mistakes;
  const longest = namespacesFitEnvironment(namespaces) ? 'excludedNamespaces' : 'namespaces';
  return [
    ...mistakes,
    {
      path: [longest],
      message: `it is too long: the names of namespaces and excludedNamespaces may have ${ENVIRONMENT_LIMITS.namespaces} characters together, quotes and commas included, as they go into a Lambda function's environment of 4 KB; leave namespaces out to look at all`,
    },
  ];
}

function whyNotExcluded(
  name: string,
  { namespaces = [], forwarderCredentials }: ScopeSettings,
): string | undefined {
  if (namespaces.includes(name)) {
    return 'it is one of namespaces as well; take it out of one of the two';
  }
  if (name === PRODUCT_NAMESPACE && forwarderCredentials === undefined) {
    return `it has to be looked at, because the forwarder there gets its credentials from the refresher; take ${PRODUCT_NAMESPACE} out, or set forwarderCredentials`;
  }
  return undefined;
}
