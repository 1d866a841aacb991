import { z } from 'zod';
import { dnsSubdomain } from '../objects/name-rules.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import type { ResourceDefinition } from './resource-definition.ts';

const ServiceAccount = z.object({
  metadata: SentMetadata,
  automountServiceAccountToken: z.boolean().optional(),
});

/** ServiceAccounts. None is created for a new namespace. */
export const SERVICE_ACCOUNTS: ResourceDefinition<z.infer<typeof ServiceAccount>> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  isNamespaced: true,
  collection: 'serviceaccounts',
  subresources: ['token'],
  nameRule: dnsSubdomain,
  fields: [],
  fieldsOf: () => ({}),
  decode: (body) => ServiceAccount.parse(body),
  prepareCreate: (account) => account,
  prepareUpdate: (account) => account,
  validate: () => [],
  validateUpdate: () => [],
};
