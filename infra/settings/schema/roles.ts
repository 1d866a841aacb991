import { z } from 'zod';
import { isBaseRoleArn } from '../../../contract/aws/role-arn.ts';
import { validateRolePattern } from '../role-pattern.ts';
import { SETTING_DOCS } from '../setting-docs.ts';

/** Settings that select the roles pods can use. */
export const roleShape = {
  assumableRoles: z
    .array(
      z.string().superRefine((pattern, context) => {
        const message = validateRolePattern(pattern);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      }),
    )
    .min(1)
    .register(SETTING_DOCS, {
      expected: 'a list of at least one role pattern, such as ["app-*"]',
      description:
        'The roles that pods can use, as patterns with `*` and `?`: role names such as `app-*`, which are appended to `baseRoleArn`, or ARNs. The IAM policy of the functions allows these roles only. A pattern that matches every role is rejected.',
      whenOmitted: 'required',
    }),
  baseRoleArn: z.stringFormat('base-role-arn', isBaseRoleArn).optional().register(SETTING_DOCS, {
    expected: 'the ARN of a role up to its name, such as "arn:aws:iam::123456789012:role/"',
    description:
      "ARN prefix, with account and path, to which the role name in a Secret's name is appended. It ends in `/`.",
    whenOmitted: "`arn:<partition>:iam::<the stack's account>:role/`",
  }),
};
