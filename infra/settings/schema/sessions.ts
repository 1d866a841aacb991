import { z } from 'zod';
import { isLiteralRoleArn } from '../../../contract/aws/role-arn.ts';
import { SESSION_NAME_FORMS } from '../../../contract/aws/session-name.ts';
import { DEFAULT_REFRESH_BEFORE_SECONDS, REFRESH_BEFORE_RANGE } from '../../../contract/limits.ts';
import { quoted, SETTING_DOCS } from '../setting-docs.ts';

const REFRESH_BEFORE_MINUTES = {
  min: REFRESH_BEFORE_RANGE.min / 60,
  max: REFRESH_BEFORE_RANGE.max / 60,
  default: DEFAULT_REFRESH_BEFORE_SECONDS / 60,
};

/** Settings of the STS sessions: when they are renewed, and how roles are assumed. */
export const sessionShape = {
  refreshBeforeMinutes: z
    .int()
    .min(REFRESH_BEFORE_MINUTES.min)
    .max(REFRESH_BEFORE_MINUTES.max)
    .default(REFRESH_BEFORE_MINUTES.default)
    .register(SETTING_DOCS, {
      expected: `a whole number of minutes from ${REFRESH_BEFORE_MINUTES.min} to ${REFRESH_BEFORE_MINUTES.max}`,
      description: `How long before their expiry credentials are renewed, in minutes (${REFRESH_BEFORE_MINUTES.min} to ${REFRESH_BEFORE_MINUTES.max}). A session lasts 60 minutes.`,
      whenOmitted: `${REFRESH_BEFORE_MINUTES.default}`,
    }),
  sessionName: z
    .enum(SESSION_NAME_FORMS)
    .default('namespace')
    .register(SETTING_DOCS, {
      expected: `one of ${quoted(SESSION_NAME_FORMS)}`,
      description:
        'Format of session names, which CloudTrail records and trust policies can require. `namespace`: `<namespace>@<cluster>`. `seed`: `<role>-session`. `zalando`: account, path and name of the role. The session of the forwarder always has the format `namespace`.',
      whenOmitted: '`namespace`',
    }),
  sessionTags: z.boolean().default(false).register(SETTING_DOCS, {
    expected: 'true or false',
    description:
      "Whether sessions of pods' roles carry the tags `eks-cluster-arn`, `eks-cluster-name` and `kubernetes-namespace` of EKS Pod Identity. The trust policy of each role must then allow `sts:TagSession`.",
    whenOmitted: '`false`',
  }),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/)
    .optional()
    .register(SETTING_DOCS, {
      expected: 'a string of 2 to 1224 letters, digits and characters of _+=,.@:/-',
      description: "External ID that is passed when a pod's role is assumed.",
      whenOmitted: 'none',
    }),
  assumeRole: z
    .stringFormat('role-arn', (arn) => isLiteralRoleArn(arn) && !arn.includes(':role/cdk-'))
    .optional()
    .register(SETTING_DOCS, {
      expected:
        'the ARN of a role, such as "arn:aws:iam::123456789012:role/pod-roles", and not a role of CDK (cdk-*), which the refresher never assumes',
      description:
        "ARN of an intermediate role: the refresher assumes this role first, and pods' roles with its session. [The role needs a policy](#sessions); the policy of the functions then allows this role and the forwarder's only.",
      whenOmitted: "the refresher's role assumes pods' roles directly",
    }),
};
