/**
 * Returns the policy of a sink: who can share which types of data with it.
 *
 * @param organizationId - all its accounts; otherwise, only the given accounts
 */
export function sinkPolicy(
  organizationId: string | undefined,
  accounts: readonly string[],
  resourceTypes: readonly string[],
): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: organizationId === undefined ? { AWS: [...accounts].sort() } : '*',
        Action: ['oam:CreateLink', 'oam:UpdateLink'],
        Resource: '*',
        Condition: {
          'ForAllValues:StringEquals': { 'oam:ResourceTypes': resourceTypes },
          // For a request without types, a condition on all values is true.
          Null: { 'oam:ResourceTypes': 'false' },
          ...(organizationId === undefined
            ? {}
            : { StringEquals: { 'aws:PrincipalOrgID': organizationId } }),
        },
      },
    ],
  };
}
