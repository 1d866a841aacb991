/** What can be found under the name of a Secret, and who needs it. */
export interface Cell {
  /** Whether the name starts with `aws-iam-`. */
  readonly hasPrefix: boolean;
  readonly awsIamRole: 'none' | 'exists' | 'being deleted';
  readonly pod: 'none' | 'pending' | 'running';
  /** Absent: no Secret of the name exists. */
  readonly secret?: {
    readonly hasHeritage: boolean;
    readonly hasType: boolean;
    readonly owner:
      | 'none'
      | 'this AWSIAMRole'
      | 'an earlier AWSIAMRole'
      | 'another object'
      | 'several';
    readonly isImmutable: boolean;
    readonly state: 'plain' | 'with a finalizer' | 'being deleted';
  };
}

const BOOLEANS = [true, false] as const;

/** All combinations. An owner of an earlier uid is the only AWSIAMRole that can own a Secret where none exists. */
export const CELLS: readonly Cell[] = BOOLEANS.flatMap((hasPrefix) =>
  (['none', 'exists', 'being deleted'] as const).flatMap((awsIamRole) =>
    (['none', 'pending', 'running'] as const).flatMap((pod) =>
      [undefined, ...secrets()]
        .filter((secret) => awsIamRole !== 'none' || secret?.owner !== 'this AWSIAMRole')
        .map((secret) => ({ hasPrefix, awsIamRole, pod, ...(secret && { secret }) })),
    ),
  ),
);

function secrets(): readonly NonNullable<Cell['secret']>[] {
  const owners = [
    ...(['none', 'this AWSIAMRole', 'an earlier AWSIAMRole'] as const),
    ...(['another object', 'several'] as const),
  ];
  return BOOLEANS.flatMap((hasHeritage) =>
    BOOLEANS.flatMap((hasType) =>
      owners.flatMap((owner) =>
        BOOLEANS.flatMap((isImmutable) =>
          (['plain', 'with a finalizer', 'being deleted'] as const).map((state) => ({
            ...{ hasHeritage, hasType, owner, isImmutable, state },
          })),
        ),
      ),
    ),
  );
}

/** Describes a cell, for the name of a failed check. */
export function describeCell({ hasPrefix, awsIamRole, pod, secret }: Cell): string {
  const parts =
    secret === undefined
      ? ['no Secret']
      : [
          `heritage ${secret.hasHeritage ? 'set' : 'missing'}`,
          `type ${secret.hasType ? 'set' : 'missing'}`,
          `owner: ${secret.owner}`,
          secret.state,
          ...(secret.isImmutable ? ['immutable'] : []),
        ];
  return [
    `name ${hasPrefix ? 'with' : 'without'} prefix`,
    ...parts,
    `AWSIAMRole: ${awsIamRole}`,
    `pod: ${pod}`,
  ].join(', ');
}
