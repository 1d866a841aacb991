import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import { EXPIRES_AT_ANNOTATION } from '../../contract/kubernetes/secret.ts';
import type { Condition } from '../../lambda/observe/awsiamroles.ts';
import type { StoredClusterEvent } from '../../local/kubernetes/kinds/event.ts';
import type { Store } from '../../local/kubernetes/objects/store.ts';
import type { StoredObject } from '../../local/kubernetes/objects/stored-object.ts';

type AwsIamRole = StoredObject & {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly roleARN?: string;
    readonly expiration?: string;
    readonly conditions?: readonly Condition[];
  };
};

/**
 * Returns what the product reports to tenants: Warning Events and the status of AWSIAMRoles, without times. Other Events are left
 * out, because they are written once, and a killed pass does not write its own.
 */
export function reportedState(store: Store): readonly string[] {
  const objectsOf = <T extends StoredObject>(collection: string) =>
    store.snapshot(collection).objects as readonly T[];
  const warnings = objectsOf<StoredObject & StoredClusterEvent>('events')
    .filter(({ type }) => type === 'Warning')
    .map(({ regarding, reason, note }) => `${regarding.name} ${reason}: ${note}`);
  const statuses = objectsOf<AwsIamRole>(`${AWSIAMROLE.plural}.${AWSIAMROLE.group}`).map(
    ({ metadata: { namespace, name, generation }, status = {} }) => {
      const secret = store.get('secrets', namespace, name);
      const isCurrent =
        status.observedGeneration === generation &&
        status.expiration === secret?.metadata.annotations?.[EXPIRES_AT_ANNOTATION];
      const conditions = (status.conditions ?? []).map(
        (condition) => `${condition.type} ${condition.status} ${condition.reason}`,
      );
      return `${name} ${status.roleARN} ${isCurrent ? 'current' : 'outdated'} ${conditions.join()}`;
    },
  );
  return [...warnings, ...statuses].toSorted();
}
