import * as z from 'zod';
import { REFRESHER_RBAC } from '../../../../contract/refresher-rights.ts';
import type { Check, Subject } from '../check.ts';
import { type Finding, failed, ok } from '../finding.ts';
import { notAllowed, type Reading, unread } from '../readers/read-result.ts';
import { installChart } from '../remedies.ts';

/** What is read of a policy or of its binding. */
export interface PolicyObject {
  readonly failurePolicy?: string | undefined;
  readonly policyName?: string | undefined;
  readonly validationActions?: readonly string[] | undefined;
  readonly matchResources?: unknown;
}

/** An admission policy with its binding. */
export interface FoundPolicy {
  readonly name: string;
  readonly kind: PolicyKind;
  readonly policy: Reading<PolicyObject>;
  readonly binding: Reading<PolicyObject>;
}

const VALIDATING = 'ValidatingAdmissionPolicy';

type PolicyKind = typeof VALIDATING | 'MutatingAdmissionPolicy';

const LABEL_POLICY = 'kube-aws-iam-label';
const INJECTION_POLICY = 'kube-aws-iam-injection';

/** The policies that keep the door to the cluster shut, whatever the settings are. */
export const policiesCheck = policyCheck({
  id: 'policies',
  title: 'admission policies',
  policies: () => [
    { kind: 'ValidatingAdmissionPolicy', name: REFRESHER_RBAC },
    { kind: 'ValidatingAdmissionPolicy', name: LABEL_POLICY },
  ],
});

/** The policies that give pods with an annotation what they ask for. */
export const injectionCheck = policyCheck({
  id: 'injection',
  title: 'pod injection',
  policies: ({ settings }) =>
    settings.podInjection
      ? [
          { kind: 'MutatingAdmissionPolicy', name: INJECTION_POLICY },
          { kind: 'ValidatingAdmissionPolicy', name: INJECTION_POLICY },
        ]
      : [],
});

interface PolicyCheck extends Pick<Check, 'id' | 'title'> {
  readonly policies: (subject: Subject) => readonly Pick<FoundPolicy, 'kind' | 'name'>[];
}

function policyCheck({ id, title, policies }: PolicyCheck): Check {
  return {
    id,
    title,
    requires: ['cluster'],
    after: ['right-cluster', 'version', 'chart'],
    async run(subject) {
      const found: FoundPolicy[] = [];
      for (const one of policies(subject)) found.push(await find(subject, one));
      if (found.length === 0) return ok('not asked for: podInjection is false');
      return judgePolicies(found, installChart(subject.settings));
    },
  };
}

const schema = z.object({
  spec: z.object({
    failurePolicy: z.string().optional(),
    policyName: z.string().optional(),
    validationActions: z.array(z.string()).optional(),
    matchResources: z.unknown().optional(),
  }),
});

async function find(
  { cluster }: Subject,
  { kind, name }: Pick<FoundPolicy, 'kind' | 'name'>,
): Promise<FoundPolicy> {
  const plural =
    kind === 'MutatingAdmissionPolicy' ? 'mutatingadmissionpolic' : 'validatingadmissionpolic';
  const read = async (resource: string): Promise<Reading<PolicyObject>> => {
    const path = `/apis/admissionregistration.k8s.io/v1/${resource}/${name}`;
    const reading = await cluster.read({ path, right: `get ${resource}`, schema });
    return reading.kind === 'read' ? { kind: 'read', value: reading.value.spec } : reading;
  };
  return {
    kind,
    name,
    policy: await read(`${plural}ies`),
    binding: await read(`${plural}ybindings`),
  };
}

/** Judges policies and their bindings: both have to be there, and to refuse what they find wrong. */
export function judgePolicies(found: readonly FoundPolicy[], remedy: string): Finding {
  const readings = found.flatMap(({ policy, binding }) => [policy, binding]);
  const broken = readings.find((reading) => reading.kind === 'failed');
  if (broken?.kind === 'failed') return unread(broken);
  const mistakes = found.flatMap(mistakesIn);
  if (mistakes.length > 0) {
    const [first = ''] = mistakes;
    return mistakes.length === 1
      ? failed(first, remedy)
      : failed(`${mistakes.length} things are not right`, remedy, mistakes);
  }
  const unseen = readings.flatMap((reading) =>
    reading.kind === 'forbidden' ? [reading.right] : [],
  );
  if (unseen.length > 0) return notAllowed([...new Set(unseen)]);
  return ok([...new Set(found.map(({ name }) => name))].join(', '));
}

function mistakesIn(found: FoundPolicy): readonly string[] {
  return [...mistakesInPolicy(found), ...mistakesInBinding(found)];
}

function mistakesInPolicy({ kind, name, policy }: FoundPolicy): readonly string[] {
  if (policy.kind === 'absent') return [`${kind} ${name} is missing`];
  const isLenient = policy.kind === 'read' && policy.value.failurePolicy === 'Ignore';
  return isLenient && kind === VALIDATING
    ? [`${kind} ${name} lets through what it cannot judge (failurePolicy Ignore)`]
    : [];
}

function mistakesInBinding({ kind, name, binding }: FoundPolicy): readonly string[] {
  const shown = `${kind}Binding ${name}`;
  if (binding.kind === 'absent') return [`${shown} is missing, so the policy is not in force`];
  if (binding.kind !== 'read') return [];
  const { policyName, validationActions: actions = [], matchResources } = binding.value;
  const mistakes: string[] = [];
  if (policyName !== name) mistakes.push(`${shown} is of policy ${policyName}`);
  if (kind === VALIDATING && !actions.includes('Deny')) {
    const is = actions.join(', ') || 'no action';
    mistakes.push(`${shown} has ${is} and not Deny, so nothing is refused`);
  }
  if (matchResources !== undefined) mistakes.push(`${shown} is for a part of the cluster only`);
  return mistakes;
}
