import { awsIamRoles, HEADER } from '../../../support/chart/awsiamrole-definition.ts';
import type { ContractContext } from '../contract-context.ts';

/** A valid condition. */
export const READY = {
  type: 'Ready',
  status: 'True',
  lastTransitionTime: '2026-01-02T03:04:05Z',
  reason: 'CredentialsCreated',
  message: '',
};

/** Returns the path of the AWSIAMRoles in the namespace. */
export const roles = ({ namespace }: ContractContext) => awsIamRoles(namespace);

/** Creates an AWSIAMRole. */
export const create = (c: ContractContext, name: string, more: object = {}) =>
  c.api.send('POST', roles(c), {
    body: { ...HEADER, metadata: { name }, spec: { roleReference: 'app-a' }, ...more },
  });

/** Sends a merge patch to an AWSIAMRole, or to a subresource of it. */
export const patch = (c: ContractContext, path: string, body: object) =>
  c.api.send('PATCH', `${roles(c)}/${path}`, {
    body,
    headers: { 'content-type': 'application/merge-patch+json' },
  });
