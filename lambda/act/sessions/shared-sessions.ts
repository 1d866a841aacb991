import type { Credentials } from '../secrets/render-secret.ts';
import type { AssumeRole } from './assume-role.ts';

/**
 * Makes a step that opens one session for all that is the same in a run: several AWSIAMRoles of a namespace may name one
 * role. Never one for two namespaces.
 */
export function sharedSessions(assumeRole: AssumeRole): AssumeRole {
  const sessions = new Map<string, Promise<Credentials>>();
  return (request, signal) => {
    const { namespace, roleArn, sessionSeconds } = request;
    const key = `${namespace} ${sessionSeconds} ${roleArn}`;
    const session = sessions.get(key) ?? assumeRole(request, signal);
    sessions.set(key, session);
    return session;
  };
}
