import { z } from 'zod';
import { isLiteralRoleArn } from '../../../contract/aws/role-arn.ts';
import { SESSION_NAME_FORMS } from '../../../contract/aws/session-name.ts';
import { SESSION_SOURCES } from '../../../contract/aws/session-source.ts';
import { MAX_SESSION_SECONDS, refreshBeforeRange } from '../../../contract/limits.ts';
import { type CombinationProblem, quoted, SETTING_DOCS } from '../setting-docs.ts';

const MAX_HOURS = MAX_SESSION_SECONDS / 3_600;

/** Returns the range of `refreshBeforeMinutes`. */
function refreshBeforeMinutes(hours: number) {
  const { min, max } = refreshBeforeRange(hours * 3_600);
  return { min: min / 60, max: max / 60 };
}

const REFRESH_BEFORE_MINUTES = {
  min: refreshBeforeMinutes(1).min,
  maxOfHour: refreshBeforeMinutes(1).max,
  max: refreshBeforeMinutes(MAX_HOURS).max,
};

/** An issuer of an API server as IAM accepts it: no port, no query; a path is usual. */
const ISSUER =
  /^https:\/\/(?=.{1,246}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(?:\/[\w.~-]+)*\/?$/;

/** Settings of the STS sessions: how long they last, when they are renewed, and how roles are assumed. */
export const sessionShape = {
  sessions: z
    .strictObject({
      source: z.enum(SESSION_SOURCES).default('role'),
      hours: z.int().min(1).max(MAX_HOURS).default(1),
      issuer: z.string().regex(ISSUER).optional(),
    })
    .prefault({})
    .register(SETTING_DOCS, {
      expected: `an object with source (${quoted(SESSION_SOURCES)}), hours (a whole number from 1 to ${MAX_HOURS}) and issuer (the OIDC issuer of the cluster, such as "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE", without a port)`,
      description: `Who opens the sessions of pods' roles, and how long they last. \`source\`: \`role\`, the refresher's role, for one hour; or \`oidc\`, a token of the cluster's OIDC issuer, \`issuer\`, for \`hours\` (up to ${MAX_HOURS}). \`oidc\` needs [other trust policies](docs/sessions.md), and excludes \`externalId\`, \`assumeRole\` and \`sessionTags\`.`,
      whenOmitted: "the refresher's role opens sessions of one hour",
    }),
  refreshBeforeMinutes: z
    .int()
    .min(REFRESH_BEFORE_MINUTES.min)
    .max(REFRESH_BEFORE_MINUTES.max)
    .optional()
    .register(SETTING_DOCS, {
      expected: `a whole number of minutes from ${REFRESH_BEFORE_MINUTES.min} to ${REFRESH_BEFORE_MINUTES.maxOfHour}, or to ${REFRESH_BEFORE_MINUTES.max} with sessions of ${MAX_HOURS} hours`,
      description: `How long before their expiry credentials are renewed, in minutes: from ${REFRESH_BEFORE_MINUTES.min} to ${REFRESH_BEFORE_MINUTES.maxOfHour} with sessions of one hour, or to 40 less than longer \`sessions\` last.`,
      whenOmitted: 'half of the session, 30 with sessions of one hour',
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
        "ARN of an intermediate role: the refresher assumes this role first, and pods' roles with its session. [The role needs a policy](docs/sessions.md#an-intermediate-role); the policy of the functions then allows this role and the forwarder's only.",
      whenOmitted: "the refresher's role assumes pods' roles directly",
    }),
};

/** The settings that {@link validateSessions} checks together. */
interface SessionSettings {
  readonly sessions: z.output<typeof sessionShape.sessions>;
  readonly refreshBeforeMinutes?: number | undefined;
  readonly sessionTags: boolean;
  readonly externalId?: string | undefined;
  readonly assumeRole?: string | undefined;
}

/** Returns how long sessions last, and how long before their expiry they are renewed. */
export function sessionTimes({
  sessions: { hours },
  refreshBeforeMinutes,
}: Pick<SessionSettings, 'sessions' | 'refreshBeforeMinutes'>) {
  return { sessionHours: hours, refreshBeforeMinutes: refreshBeforeMinutes ?? hours * 30 } as const;
}

/** Checks the settings of sessions together. */
export function validateSessions(settings: SessionSettings): readonly CombinationProblem[] {
  const { source, hours, issuer } = settings.sessions;
  return [
    ...(source === 'oidc' ? oidcProblems(settings) : []),
    ...(source === 'role' && hours > 1
      ? [
          {
            path: ['sessions', 'hours'],
            message:
              'a role that another role assumes has sessions of one hour (role chaining); set source to "oidc" and issuer, or hours to 1',
          },
        ]
      : []),
    ...(source === 'role' && issuer !== undefined
      ? [
          {
            path: ['sessions', 'issuer'],
            message: 'it has no effect with source "role"; set source to "oidc", or remove it',
          },
        ]
      : []),
    ...renewalProblems(settings),
  ];
}

/** Domains that no server on the internet has, among them the default issuer of kubeadm and k3s. */
const PRIVATE_DOMAIN = /^https:\/\/[^/]*\.(?:local|internal|localhost|svc|test|lan)(?:\/|$)/;

function oidcProblems(settings: SessionSettings): readonly CombinationProblem[] {
  const { issuer } = settings.sessions;
  const excluded = {
    sessionTags: settings.sessionTags,
    externalId: settings.externalId !== undefined,
    assumeRole: settings.assumeRole !== undefined,
  };
  return [
    ...(issuer === undefined
      ? [
          {
            path: ['sessions', 'issuer'],
            message:
              'source "oidc" requires the OIDC issuer of the cluster: kubectl get --raw /.well-known/openid-configuration',
          },
        ]
      : []),
    ...(issuer !== undefined && PRIVATE_DOMAIN.test(issuer)
      ? [
          {
            path: ['sessions', 'issuer'],
            message:
              'STS reads its keys over the internet: start the API server with --service-account-issuer and a public URL (docs/sessions.md)',
          },
        ]
      : []),
    ...Object.entries(excluded).flatMap(([setting, isSet]) =>
      isSet
        ? [
            {
              path: [setting],
              message:
                'AssumeRoleWithWebIdentity has no such parameter; remove it, or set sessions.source to "role"',
            },
          ]
        : [],
    ),
  ];
}

function renewalProblems(settings: SessionSettings): readonly CombinationProblem[] {
  const { hours } = settings.sessions;
  const minutes = settings.refreshBeforeMinutes;
  const { max } = refreshBeforeMinutes(hours);
  if (minutes === undefined || minutes <= max) return [];
  return [
    {
      path: ['refreshBeforeMinutes'],
      message: `sessions last ${hours * 60} minutes (setting sessions), so it can be ${max} at most`,
    },
  ];
}
