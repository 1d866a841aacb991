import { AWSIAMROLE } from '../../contract/awsiamrole.ts';
import { EXPIRES_AT_ANNOTATION } from '../../contract/secret.ts';
import type { Condition } from '../../lambda/observe/awsiamroles.ts';
import type { ClusterEvent } from '../../local/kubernetes/kinds/event.ts';
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
 * What people are told of what is: by Warning Events and the status of AWSIAMRoles, without times. Other Events are news, told
 * once, and a run that dies takes its own with it.
 */
export function reportedState(store: Store): readonly string[] {
  const objectsOf = <T extends StoredObject>(collection: string) =>
    store.snapshot(collection).objects as readonly T[];
  const warnings = objectsOf<StoredObject & ClusterEvent>('events')
    .filter(({ type }) => type === 'Warning')
    .map(({ regarding, reason, note }) => `${regarding.name} ${reason}: ${note}`);
  const statuses = objectsOf<AwsIamRole>(`${AWSIAMROLE.plural}.${AWSIAMROLE.group}`).map(
    ({ metadata: { namespace, name, generation }, status = {} }) => {
      const secret = store.get('secrets', namespace, name);
      const isOfNow =
        status.observedGeneration === generation &&
        status.expiration === secret?.metadata.annotations?.[EXPIRES_AT_ANNOTATION];
      const conditions = (status.conditions ?? []).map(
        (condition) => `${condition.type} ${condition.status} ${condition.reason}`,
      );
      return `${name} ${status.roleARN} ${isOfNow ? 'of now' : 'outdated'} ${conditions.join()}`;
    },
  );
  return [...warnings, ...statuses].toSorted();
}
