import { BUDGET } from '../../contract/budgets.ts';
import { MAX_OBJECT_NAME_LENGTH } from '../../contract/kubernetes/object-name.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import type {
  ApiObject,
  PodContainer,
  SecretReference,
} from '../../kubernetes/lists/api-object.ts';
import { truncatedCopy } from '../../kubernetes/lists/list-budgets.ts';

/** A Secret that a pod uses. */
export interface UsedSecret {
  readonly name: string;
  readonly isRequired: boolean;
}

/** The Secrets that a pod uses, in order and with duplicates. */
export interface UsedSecrets {
  readonly mounts: readonly UsedSecret[];
  /** Those with the prefix that containers use as environment variables. */
  readonly variables: readonly UsedSecret[];
  /** Number of references to Secrets that are left out, because there are too many. */
  readonly leftOut: number;
}

/** Returns the Secrets that a pod uses, up to the budget of a pod. */
export function usedSecretsOf({ spec, skipped = 0 }: ApiObject): UsedSecrets {
  const mounts: UsedSecret[] = [];
  const variables: UsedSecret[] = [];
  let leftOut = skipped;

  function add(list: UsedSecret[], name: string | undefined, isRequired: boolean): void {
    const considered = consideredName(name);
    if (considered === undefined) return;
    if (mounts.length + variables.length < BUDGET.secretReferencesPerPod) {
      list.push({ name: considered, isRequired });
    } else {
      leftOut += 1;
    }
  }

  function addVariable(reference: SecretReference | undefined, isRequired: boolean): void {
    const { name, optional } = reference ?? {};
    if (name && hasPrefix(name)) add(variables, name, isRequired && optional !== true);
  }

  function addContainers(containers: readonly PodContainer[] = [], isRequired = true): void {
    for (const { env, envFrom } of containers) {
      for (const { valueFrom } of env ?? []) addVariable(valueFrom?.secretKeyRef, isRequired);
      for (const { secretRef } of envFrom ?? []) addVariable(secretRef, isRequired);
    }
  }

  for (const { secret, projected } of spec?.volumes ?? []) {
    add(mounts, secret?.secretName, secret?.optional !== true);
    for (const source of projected?.sources ?? []) {
      add(mounts, source.secret?.name, source.secret?.optional !== true);
    }
  }
  addContainers(spec?.initContainers);
  addContainers(spec?.containers);
  // A container that is added to a running pod proves nothing.
  addContainers(spec?.ephemeralContainers, false);
  return { mounts, variables, leftOut };
}

/**
 * Returns a name, or the beginning of one that is too long for a Secret: enough to explain to the pod's author that it is.
 * Undefined for one that is too long and does not seem to be for the product.
 */
function consideredName(name: string | undefined): string | undefined {
  if (name === undefined || name.length <= MAX_OBJECT_NAME_LENGTH) return name;
  return hasPrefix(name) ? truncatedCopy(name, MAX_OBJECT_NAME_LENGTH + 1) : undefined;
}

/** Whether a name has the prefix of the product's Secrets. */
export function hasPrefix(name: string): boolean {
  return name.startsWith(SECRET_NAME_PREFIX);
}
