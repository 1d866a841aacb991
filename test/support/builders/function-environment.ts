import { ENVIRONMENT } from '../../../contract/environment.ts';

/** A valid environment of a function: cluster prod, roles app-*, defaults for the rest. */
export const FUNCTION_ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  [ENVIRONMENT.clusterName]: 'prod',
  [ENVIRONMENT.clusterApi]: '',
  [ENVIRONMENT.baseRoleArn]: 'arn:aws:iam::123456789012:role/',
  [ENVIRONMENT.assumableRoles]: '["arn:aws:iam::123456789012:role/app-*"]',
  [ENVIRONMENT.deniedRoles]: '[]',
  [ENVIRONMENT.namespaceRestrictions]: 'required',
  [ENVIRONMENT.allowedRolesFormat]: 'glob',
  [ENVIRONMENT.forwarderRoleArn]: '',
  [ENVIRONMENT.sessionName]: 'namespace',
  [ENVIRONMENT.clusterArnTag]: '',
  [ENVIRONMENT.externalId]: '',
  [ENVIRONMENT.intermediateRoleArn]: '',
  [ENVIRONMENT.namespaces]: '[]',
  [ENVIRONMENT.excludedNamespaces]: '[]',
  [ENVIRONMENT.secretMetadata]: '',
  [ENVIRONMENT.vpcId]: '',
  [ENVIRONMENT.sessionSource]: 'role',
  [ENVIRONMENT.sessionIssuer]: '',
  [ENVIRONMENT.sessionSeconds]: '3600',
  [ENVIRONMENT.refreshBeforeSeconds]: '1800',
} satisfies Record<'AWS_REGION' | (typeof ENVIRONMENT)[keyof typeof ENVIRONMENT], string>;
