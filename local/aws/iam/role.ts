import { randomInt } from 'node:crypto';
import { parseRoleArn, type RoleArn } from '../arn.ts';
import { type Policy, parsePolicy } from './policy-document.ts';

/** A role to add. */
export interface RoleSpec {
  readonly arn: string;
  /** The policy document that states who can assume the role. */
  readonly trustPolicy: unknown;
  /** The policy documents that state what the role can do. */
  readonly policies?: readonly { readonly name: string; readonly document: unknown }[];
  /** Maximum duration of a session, in seconds. @default 3600 */
  readonly maxSessionDuration?: number;
}

/** A role that exists. */
export interface Role extends RoleArn {
  readonly arn: string;
  /** Never reused: a role that is deleted and recreated has a different ID. */
  readonly id: string;
  readonly trust: Policy;
  readonly policies: readonly Policy[];
  readonly maxSessionDuration: number;
}

/** Creates a role. @throws when the ARN is invalid; PolicyDocumentError */
export function createRole(spec: RoleSpec): Role {
  const arn = parseRoleArn(spec.arn);
  if (!arn) throw new Error(`${spec.arn} is not the ARN of an IAM role`);
  return {
    ...arn,
    arn: spec.arn,
    id: uniqueId('AROA', 17),
    trust: parsePolicy(`${arn.name}/trust`, 'trust', spec.trustPolicy),
    policies: (spec.policies ?? []).map(({ name, document }) =>
      parsePolicy(`${arn.name}/${name}`, 'identity', document),
    ),
    maxSessionDuration: spec.maxSessionDuration ?? 3_600,
  };
}

/** Base 32, as in IAM's unique IDs. */
const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Returns a random ID with the prefix of its kind (IAM user guide, "Unique identifiers"). */
export function uniqueId(prefix: string, length: number): string {
  const letters = Array.from({ length }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]);
  return `${prefix}${letters.join('')}`;
}
