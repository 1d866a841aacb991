import * as z from 'zod';
import { REFRESHER_RBAC } from '../../../../contract/kubernetes/cluster-access.ts';
import {
  type Check,
  type CheckContext,
  type Finding,
  failed,
  missingPermissions,
  ok,
  unreadable,
} from '../check.ts';
import type { ReadResult } from '../readers/read-result.ts';
import { installChartCommand } from '../remedies.ts';

/** The checked fields of a policy or a binding. */
interface PolicyObject {
  readonly failurePolicy?: string | undefined;
  readonly policyName?: string | undefined;
  readonly validationActions?: readonly string[] | undefined;
  readonly matchResources?: unknown;
  readonly validations?: readonly { readonly expression: string }[] | undefined;
}

/** An admission policy with its binding. */
interface ObservedPolicy {
  readonly name: string;
  readonly kind: PolicyKind;
  readonly policy: ReadResult<PolicyObject>;
  readonly binding: ReadResult<PolicyObject>;
  /** Keys of labels and annotations that its expressions must allow. */
  readonly metadataKeys?: readonly string[];
}

const VALIDATING = 'ValidatingAdmissionPolicy';
const MUTATING = 'MutatingAdmissionPolicy';

type PolicyKind = typeof VALIDATING | typeof MUTATING;

const LABEL_POLICY = 'kube-aws-iam-label';
const INJECTION_POLICY = 'kube-aws-iam-injection';

/** The policies that protect the cluster, whatever the settings. */
export const policiesCheck = policyCheck({
  id: 'policies',
  title: 'admission policies',
  policies: ({ settings: { secretMetadata } }) => [
    {
      ...{ kind: VALIDATING, name: REFRESHER_RBAC },
      metadataKeys: Object.values(secretMetadata).flatMap(Object.keys),
    },
    { kind: VALIDATING, name: LABEL_POLICY },
  ],
});

/** The policies that inject volumes into annotated pods. */
export const injectionCheck = policyCheck({
  id: 'injection',
  title: 'pod injection',
  policies: ({ settings }) =>
    settings.podInjection
      ? [
          { kind: MUTATING, name: INJECTION_POLICY },
          { kind: VALIDATING, name: INJECTION_POLICY },
        ]
      : [],
});

interface PolicyCheck extends Pick<Check, 'id' | 'title'> {
  readonly policies: (
    context: CheckContext,
  ) => readonly Omit<ObservedPolicy, 'policy' | 'binding'>[];
}

function policyCheck({ id, title, policies }: PolicyCheck): Check {
  return {
    id,
    title,
    requires: ['cluster'],
    after: ['right-cluster', 'chart-cluster', 'version', 'chart'],
    async run(context) {
      const observed: ObservedPolicy[] = [];
      for (const policy of policies(context)) {
        observed.push({ ...policy, ...(await readPolicy(context, policy)) });
      }
      if (observed.length === 0) return ok('disabled: podInjection is false');
      return judgePolicies(observed, installChartCommand(context.settings));
    },
  };
}

const schema = z.object({
  spec: z.object({
    failurePolicy: z.string().optional(),
    policyName: z.string().optional(),
    validationActions: z.array(z.string()).optional(),
    matchResources: z.unknown().optional(),
    validations: z.array(z.object({ expression: z.string() })).optional(),
  }),
});

async function readPolicy(
  { cluster }: CheckContext,
  { kind, name }: Pick<ObservedPolicy, 'kind' | 'name'>,
): Promise<Pick<ObservedPolicy, 'policy' | 'binding'>> {
  const plural = kind === MUTATING ? 'mutatingadmissionpolic' : 'validatingadmissionpolic';
  const read = async (resource: string): Promise<ReadResult<PolicyObject>> => {
    const path = `/apis/admissionregistration.k8s.io/v1/${resource}/${name}`;
    const result = await cluster.read({ path, permission: `get ${resource}`, schema });
    return result.kind === 'found' ? { kind: 'found', value: result.value.spec } : result;
  };
  return {
    policy: await read(`${plural}ies`),
    binding: await read(`${plural}ybindings`),
  };
}

/** Judges policies and their bindings: both must exist, and deny what violates them. */
export function judgePolicies(observed: readonly ObservedPolicy[], remedy: string): Finding {
  const results = observed.flatMap(({ policy, binding }) => [policy, binding]);
  const failure = results.find((result) => result.kind === 'failed');
  if (failure?.kind === 'failed') return unreadable(failure);
  const problems = observed.flatMap(problemsOf);
  if (problems.length > 0) {
    const [first = ''] = problems;
    return problems.length === 1
      ? failed(first, remedy)
      : failed(`${problems.length} problems`, remedy, problems);
  }
  const permissions = results.flatMap((result) =>
    result.kind === 'forbidden' ? [result.permission] : [],
  );
  if (permissions.length > 0) return missingPermissions([...new Set(permissions)]);
  return ok([...new Set(observed.map(({ name }) => name))].join(', '));
}

function problemsOf(observed: ObservedPolicy): readonly string[] {
  return [...problemsOfPolicy(observed), ...problemsOfBinding(observed)];
}

function problemsOfPolicy({
  kind,
  name,
  policy,
  metadataKeys = [],
}: ObservedPolicy): readonly string[] {
  if (policy.kind === 'absent') return [`${kind} ${name} is missing`];
  if (policy.kind !== 'found') return [];
  const { failurePolicy, validations = [] } = policy.value;
  const expressions = validations.map(({ expression }) => expression).join('\n');
  // A list in an expression is JSON.
  const denied = metadataKeys.filter((key) => !expressions.includes(JSON.stringify(key)));
  return [
    ...(failurePolicy === 'Ignore' && kind === VALIDATING
      ? [`${kind} ${name} admits what it cannot evaluate (failurePolicy Ignore)`]
      : []),
    ...(denied.length === 0
      ? []
      : [
          `${kind} ${name} is of another version or of other settings: it does not name ${denied.join(', ')} of secretMetadata`,
        ]),
  ];
}

function problemsOfBinding({ kind, name, binding }: ObservedPolicy): readonly string[] {
  const shownName = `${kind}Binding ${name}`;
  if (binding.kind === 'absent') return [`${shownName} is missing, so the policy has no effect`];
  if (binding.kind !== 'found') return [];
  const { policyName, validationActions: actions = [], matchResources } = binding.value;
  const problems: string[] = [];
  if (policyName !== name) problems.push(`${shownName} binds policy ${policyName}`);
  if (kind === VALIDATING && !actions.includes('Deny')) {
    const actual = actions.join(', ') || 'no action';
    problems.push(`${shownName} has ${actual} instead of Deny, so nothing is denied`);
  }
  if (matchResources !== undefined) problems.push(`${shownName} covers only part of the cluster`);
  return problems;
}
