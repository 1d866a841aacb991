import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { isLiteralRoleArn } from '../../../contract/aws/role-arn.ts';
import { BUDGET } from '../../../contract/budgets.ts';
import {
  INJECT_LABEL,
  INJECT_VALUE,
  ROLE_ANNOTATION,
} from '../../../contract/kubernetes/injection.ts';
import type { FunctionName } from '../../names.ts';
import { type CombinationProblem, quoted, SETTING_DOCS } from '../setting-docs.ts';

const resourceId = (prefix: string) => z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`));

/** A reserved concurrency. */
const concurrency = z.int().min(1).max(1_000);

/** Where the refresher runs: as Lambda functions, or as a Deployment in the cluster. */
const RUNS_IN = ['lambda', 'cluster'] as const;

/** Settings of the deployment: where it runs, network, chart, forwarder, concurrency and tracing. */
export const deploymentShape = {
  runsIn: z
    .enum(RUNS_IN)
    .default('lambda')
    .register(SETTING_DOCS, {
      expected: `one of ${quoted(RUNS_IN)}`,
      description:
        'Where the refresher runs. `lambda`: as Lambda functions, which call the API server of the cluster. `cluster`: as a Deployment in the cluster, for clusters whose API server Lambda cannot reach ([docs/in-cluster.md](docs/in-cluster.md)).',
      whenOmitted: '`lambda`',
    }),
  vpc: z
    .strictObject({
      vpcId: resourceId('vpc'),
      availabilityZones: z.array(z.string().regex(/^[a-z0-9-]+$/)).min(1),
      subnetIds: z.array(resourceId('subnet')).min(1),
      securityGroupIds: z.array(resourceId('sg')).min(1).max(5),
    })
    .refine((vpc) => vpc.subnetIds.length === vpc.availabilityZones.length, {
      error:
        'availabilityZones must contain the Availability Zone of each of subnetIds, in the same order',
    })
    .optional()
    .register(SETTING_DOCS, {
      expected:
        'an object with vpcId ("vpc-…"), availabilityZones, subnetIds ("subnet-…") and securityGroupIds ("sg-…", at most 5)',
      description:
        'Runs the functions in a VPC, for a cluster whose API endpoint is private or admits only your networks ([which need it](docs/networks.md)): `vpcId`, `subnetIds`, their `availabilityZones` in the same order, `securityGroupIds`. The subnets must have a route to STS and EKS (NAT or interface endpoints); outside EKS, to STS, Secrets Manager and the API server.',
      whenOmitted: 'the functions run outside a VPC',
    }),
  installChart: z.boolean().optional().register(SETTING_DOCS, {
    expected: 'true or false',
    description:
      'Whether the stack installs the Helm chart in the cluster. `false`: apply the output of `npx kube-aws-iam manifests` yourself. CDK installs charts on EKS only.',
    whenOmitted: '`true` on EKS',
  }),
  podInjection: z
    .boolean()
    .default(false)
    .register(SETTING_DOCS, {
      expected: 'true or false',
      description: `Whether the chart adds volumes, mounts and environment variables to pods that have the annotation \`${ROLE_ANNOTATION}\`, in namespaces with the label \`${INJECT_LABEL}=${INJECT_VALUE}\`. Requires Kubernetes 1.36; on older versions, installing the chart fails.`,
      whenOmitted: '`false`',
    }),
  podInjectionRegion: z.boolean().default(false).register(SETTING_DOCS, {
    expected: 'true or false',
    description:
      "Whether `podInjection` also sets `AWS_REGION` to the stack's Region, in containers that have neither `AWS_REGION`, `AWS_DEFAULT_REGION` nor `envFrom`. It overrides an `AWS_REGION` of the image and a region in its configuration files. For SDKs that would ask the metadata service for the region, such as those for Java.",
    whenOmitted: '`false`',
  }),
  forwarderCredentials: z
    .strictObject({
      source: z.enum(['irsa', 'podIdentity']),
      roleArn: z.stringFormat('role-arn', isLiteralRoleArn),
    })
    .optional()
    .register(SETTING_DOCS, {
      expected:
        'an object with source ("irsa" or "podIdentity") and roleArn, the role that this source gives to the forwarder',
      description:
        'Your own role for the forwarder: `source` (`irsa`, `podIdentity`) and `roleArn`. The policy of the role must allow `events:PutEvents` on the event bus.',
      whenOmitted:
        'the stack creates a role, and the refresher creates a Secret with its credentials',
    }),
  reservedConcurrency: z
    .strictObject({
      refresh: concurrency.optional(),
      sweep: concurrency.optional(),
      events: z.union([concurrency, z.literal('none')]).default(BUDGET.concurrentPodEvents),
    })
    .prefault({})
    .register(SETTING_DOCS, {
      expected:
        'an object with refresh, sweep, events or several of them, each a whole number from 1 to 1000; events can also be "none"',
      description: `Reserved concurrency of the functions. For \`refresh\` and \`sweep\`: so that the account's other functions cannot starve them. For \`events\`: how many pod events are handled at once, so that a flood of them starves nothing else; \`"none"\` reserves nothing, for [accounts that cannot reserve any](docs/runbook.md#concurrency-that-cannot-be-reserved).`,
      whenOmitted: `${BUDGET.concurrentPodEvents} for \`events\`, none for the others`,
    }),
  tracing: z.boolean().default(false).register(SETTING_DOCS, {
    expected: 'true or false',
    description:
      'Whether AWS X-Ray traces the functions: a segment for each sampled invocation, with its duration and cold start. The log has the steps of a pass.',
    whenOmitted: '`false`',
  }),
};

type ReservedConcurrency = z.output<typeof deploymentShape.reservedConcurrency>;

/** The reserved concurrency of settings that do not set it. */
export const DEFAULT_RESERVED_CONCURRENCY = deploymentShape.reservedConcurrency.parse(undefined);

/** Returns the reserved concurrency of a function; undefined if none is reserved. */
export function reservedConcurrencyOf(
  reservedConcurrency: ReservedConcurrency,
  name: FunctionName,
): number | undefined {
  const reserved = reservedConcurrency[name];
  return reserved === 'none' ? undefined : reserved;
}

/** Checks the settings of injection together. */
export function validateInjection({
  podInjection,
  podInjectionRegion,
}: {
  readonly podInjection: boolean;
  readonly podInjectionRegion: boolean;
}): readonly CombinationProblem[] {
  if (podInjection || !podInjectionRegion) return [];
  return [
    {
      path: ['podInjectionRegion'],
      message: 'it has no effect without podInjection; set podInjection to true, or remove it',
    },
  ];
}

/** The settings of Lambda functions and of the forwarder, which a refresher in the cluster does not have. */
interface LambdaSettings {
  readonly runsIn: (typeof RUNS_IN)[number];
  readonly vpc?: unknown;
  readonly forwarderCredentials?: unknown;
  readonly reservedConcurrency: ReservedConcurrency;
  readonly tracing: boolean;
}

/** Checks that a refresher in the cluster has no settings of Lambda functions. */
export function validateRunsIn(settings: LambdaSettings): readonly CombinationProblem[] {
  if (settings.runsIn === 'lambda') return [];
  const functions = 'the Lambda functions, and runsIn is "cluster", so there are none';
  const forwarder = 'the forwarder, and runsIn is "cluster", so the refresher watches pods itself';
  const isSet = {
    vpc: settings.vpc !== undefined && functions,
    forwarderCredentials: settings.forwarderCredentials !== undefined && forwarder,
    reservedConcurrency:
      !isDeepStrictEqual(settings.reservedConcurrency, DEFAULT_RESERVED_CONCURRENCY) && functions,
    tracing: settings.tracing && functions,
  };
  return Object.entries(isSet).flatMap(([setting, subject]) =>
    subject === false
      ? []
      : [
          {
            path: [setting],
            message: `it concerns ${subject}; remove it, or set runsIn to "lambda"`,
          },
        ],
  );
}
