import { AWSIAMROLE } from '../../contract/awsiamrole.ts';

/** What is read of a cluster, as it is called in paths. */
export type Resource = 'pods' | 'secrets' | 'namespaces' | typeof AWSIAMROLE.plural;

/** Where the API has a resource: the beginning of its paths. */
export function apiOf(resource: Resource): string {
  return resource === AWSIAMROLE.plural ? `/apis/${AWSIAMROLE.apiVersion}` : '/api/v1';
}
