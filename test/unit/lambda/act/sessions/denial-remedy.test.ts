import { describe, expect, it } from 'vitest';
import {
  type DenialContext,
  denialRemedy,
  REFRESHER,
} from '../../../../../lambda/act/sessions/denial-remedy.ts';

const DIRECT: DenialContext = { caller: REFRESHER, trustProblem: `does not name ${REFRESHER}` };
const INTERMEDIATE: DenialContext = {
  caller: 'the intermediate role arn:aws:iam::111122223333:role/pod-roles (setting assumeRole)',
  trustProblem: 'does not name the intermediate role',
  otherProblems: ['the policy of the intermediate role does not allow sts:AssumeRole on it'],
};
const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
const UNEXPLAINED = `User: arn:aws:sts::123456789012:assumed-role/kube-aws-iam/refresh is not authorized to perform: sts:AssumeRole on resource: ${ROLE_ARN}`;

/** The forms in the IAM user guide, "Troubleshoot access denied error messages", and the cause that each names. */
const EXPLAINED: readonly [end: string, remedy: RegExp][] = [
  [
    'with an explicit deny in a service control policy',
    /^A service control policy .* denies .*administrator/,
  ],
  [
    'because no service control policy allows the sts:AssumeRole action',
    /^A service control policy .* does not allow .*administrator/,
  ],
  [
    'with an explicit deny in a resource control policy',
    /^A resource control policy in the organization of the role denies/,
  ],
  [
    'with an explicit deny in a permissions boundary',
    /^A permissions boundary denies .* in the boundary$/,
  ],
  [
    'because no permissions boundary allows the sts:AssumeRole action',
    /^A permissions boundary does not allow/,
  ],
  [
    'with an explicit deny in a session policy',
    /^A session policy denies .*issued its credentials/,
  ],
  ['with an explicit deny in a sessions policy', /^A session policy denies/],
  [
    'because no session policy allows the sts:AssumeRole action',
    /^A session policy does not allow/,
  ],
  ['with an explicit deny in an identity-based policy', /^A policy of its own denies/],
  [
    'because no identity-based policy allows the sts:AssumeRole action',
    /^No policy of its own allows .*assumableRoles/,
  ],
  [
    'with an explicit deny in a VPC endpoint policy',
    /^The policy of the VPC endpoint for STS denies .*setting vpc/,
  ],
  [
    'because no VPC endpoint policy allows the sts:AssumeRole action',
    /^The policy of the VPC endpoint for STS does not allow/,
  ],
  [
    'with an explicit deny in the role trust policy',
    /^The role exists, but its trust policy denies/,
  ],
  [
    'because no role trust policy allows the sts:AssumeRole action',
    /^The role exists, but its trust policy does not name/,
  ],
  [
    'with an explicit deny in a resource-based policy',
    /^The role exists, but its trust policy denies/,
  ],
  [
    'because no resource-based policy allows the sts:AssumeRole action',
    /^The role exists, but its trust policy does not name/,
  ],
  [
    'because no resource-based policy allows the sts:TagSession action',
    /^The role exists, but its trust policy does not name/,
  ],
];

describe('the remedy for a denial', () => {
  it.each(EXPLAINED)('follows the policy that AWS names: %s', (end, remedy) => {
    for (const context of [DIRECT, INTERMEDIATE]) {
      for (const text of [
        `${UNEXPLAINED} ${end}`,
        `User: x is not authorized to perform: sts:AssumeRole ${end}`,
      ]) {
        expect(denialRemedy(text, context)).toMatch(remedy);
        expect(denialRemedy(text, context)).toContain(
          /role trust|resource-based/.test(end) && end.startsWith('because')
            ? context.trustProblem
            : context.caller,
        );
        expect(denialRemedy(text, context)).not.toContain('does not exist');
      }
    }
  });

  it.each(EXPLAINED.filter(([end]) => end.startsWith('with')))(
    'follows it when the ARN of the policy is given too: %s',
    (end, remedy) => {
      const arn =
        'arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd';
      for (const separator of [': ', ' ', ':\n']) {
        expect(denialRemedy(`${UNEXPLAINED} ${end}${separator}${arn}`, DIRECT)).toMatch(remedy);
      }
    },
  );

  it.each([
    ['that AWS does not explain', UNEXPLAINED],
    [
      'whose explanation is a new kind of policy',
      `${UNEXPLAINED} with an explicit deny in a quantum policy`,
    ],
    [
      'of a role whose name reads like an explanation',
      `${UNEXPLAINED}-with-an-explicit-deny-in-a-permissions-boundary`,
    ],
    ['without a text', ''],
  ])('names all possible causes of a denial %s', (_, message) => {
    expect(denialRemedy(message, DIRECT)).toBe(
      "The role does not exist, or its trust policy does not name this account's refresher role",
    );
    expect(denialRemedy(message, INTERMEDIATE)).toBe(
      'The role does not exist, or its trust policy does not name the intermediate role, ' +
        'or the policy of the intermediate role does not allow sts:AssumeRole on it',
    );
  });
});
