import type { RefresherSubject } from '../../contract/kubernetes/cluster-access.ts';

/** A user and its groups, as an API server authenticates them. */
export interface KubernetesUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** Describes a subject, e.g. `group kube-aws-iam:refreshers`. */
export function describeSubject(subject: RefresherSubject): string {
  switch (subject.kind) {
    case 'ServiceAccount':
      return `ServiceAccount ${subject.namespace}/${subject.name}`;
    case 'Group':
      return `group ${subject.name}`;
    case 'User':
      return `user ${subject.name}`;
  }
}

/** Returns the user and groups that make a request one of a subject. A group needs a user too, which has no rights. */
export function userOfSubject(subject: RefresherSubject): KubernetesUser {
  switch (subject.kind) {
    case 'ServiceAccount': {
      const { namespace, name } = subject;
      const all = 'system:serviceaccounts';
      return {
        username: `system:serviceaccount:${namespace}:${name}`,
        groups: [all, `${all}:${namespace}`, 'system:authenticated'],
      };
    }
    case 'Group':
      return { username: 'kube-aws-iam-refresher', groups: [subject.name] };
    case 'User':
      return { username: subject.name, groups: [] };
  }
}

/** Whether a user is the subject: the group contains it, or it has the name. */
export function isSubject(
  subject: RefresherSubject,
  { username, groups }: KubernetesUser,
): boolean {
  return subject.kind === 'Group'
    ? groups.includes(subject.name)
    : userOfSubject(subject).username === username;
}
