import { SECRET_NAME_PREFIX } from '../../../contract/kubernetes/secret.ts';
import { shellCommand } from '../../../tools/terminal/shell-quote.ts';
import { suggestCommand, type TargetOptions } from '../../cluster/suggested-command.ts';
import { labelCommand, type PodInjection, wouldNotStart } from './explain-injection.ts';
import type { SecretExplanation } from './explain-secret.ts';
import { OUTCOMES, type Outcome } from './judge-secret.ts';
import type { SecretMount } from './pod-object.ts';

/** A Secret of a pod, and where it is mounted. */
export interface MountedSecret extends SecretExplanation {
  readonly mounts: readonly SecretMount[];
}

/** A pod and its Secrets. */
export interface PodFindings {
  /** When the cluster was read. */
  readonly at: string;
  readonly namespace: string;
  readonly pod: string;
  readonly phase: string;
  readonly isTerminating: boolean;
  /** Whether the product manages Secrets in the namespace. */
  readonly isInScope: boolean;
  /** The role in the pod's annotation. */
  readonly annotation?: string;
  /** What injection does with the pod if it is created again; only for a pod with the annotation and without Secrets. */
  readonly injection?: Pick<PodInjection, 'result' | 'message'>;
  /** Whether the namespace has the label of injection; absent when it could not be read. */
  readonly isInjected?: boolean;
  readonly secrets: readonly MountedSecret[];
  /** Number of other Secrets that the pod uses; absent if all are in `secrets`. */
  readonly notExplained?: number;
}

/** The conclusion of an explanation, and what to do about it. */
export interface Conclusion {
  readonly conclusion: string;
  readonly next?: string;
}

/** Concludes for a pod from the worst of its Secrets, or explains why it has none. */
export function concludePod(findings: PodFindings, target: TargetOptions): Conclusion {
  const { namespace, pod, phase, secrets } = findings;
  const subject = `Pod ${namespace}/${pod}`;
  if (!findings.isInScope) return concludeOutOfScope(subject, namespace);
  if (phase === 'Succeeded' || phase === 'Failed') {
    return { conclusion: `${subject} has terminated (${phase}) and gets no new credentials.` };
  }
  if (secrets.length === 0) return concludeWithoutSecrets(subject, findings, target);
  const [worst] = secrets.toSorted(
    (one, other) => OUTCOMES.indexOf(one.outcome) - OUTCOMES.indexOf(other.outcome),
  );
  return worst === undefined || worst.outcome === 'given'
    ? concludeGiven(subject, findings)
    : concludeSecret(subject, worst);
}

/** Concludes for a pod or an AWSIAMRole of a namespace that the settings exclude. */
export function concludeOutOfScope(subject: string, namespace: string): Conclusion {
  return {
    conclusion: `${subject} gets no credentials: kube-aws-iam does not manage namespace ${namespace}.`,
    next: 'check the settings namespaces and excludedNamespaces in cdk.json',
  };
}

/** Concludes from one Secret. A command at the end of the text can be copied. */
export function concludeSecret(
  subject: string,
  { outcome, secret, conclusion, next }: SecretExplanation,
): Conclusion {
  return {
    conclusion: `${subject} ${PREDICATES[outcome]} Secret ${secret}: ${conclusion}`,
    ...(next === undefined ? {} : { next }),
  };
}

const PREDICATES: Readonly<Record<Outcome, string>> = {
  withheld: 'does not get',
  failing: 'has a problem with',
  undecided: 'may get',
  waiting: 'waits for',
  given: 'has',
  own: 'uses',
};

function concludeWithoutSecrets(
  subject: string,
  findings: PodFindings,
  target: TargetOptions,
): Conclusion {
  const { annotation, injection } = findings;
  if (annotation === undefined || injection === undefined) {
    return {
      conclusion: `${subject} requests no credentials: it mounts neither a Secret ${SECRET_NAME_PREFIX}ROLE nor the Secret of an AWSIAMRole.`,
      next: `mount the Secret ${SECRET_NAME_PREFIX}ROLE of its role at /meta/aws-iam (README, "Your first pod")`,
    };
  }
  const conclusion = `${subject} is annotated with role ${annotation}, but no volume was injected when it was created`;
  const { result, message } = injection;
  if (result === 'untouched') return { conclusion: `${conclusion}: ${message}.` };
  if (wouldNotStart(injection)) {
    const fate = result === 'rejected' ? 'be rejected' : 'not start';
    return {
      conclusion: `${conclusion}. If it were created again with injection, it would ${fate}: ${message}`,
      next: 'correct this before the pod is deleted or its workload is restarted',
    };
  }
  return { conclusion: `${conclusion}.`, next: injectNext(findings, target) };
}

function injectNext({ namespace, isInjected }: PodFindings, target: TargetOptions): string {
  const find = suggestCommand({ name: 'explain namespace', words: [namespace] }, target);
  return isInjected === true
    ? `recreate the pod: namespace ${namespace} has the label, and the pod is older than that or than the setting podInjection`
    : `with the setting podInjection and Kubernetes 1.36 or later: ${labelCommand(namespace)}, and recreate the pod; otherwise mount the Secret in the pod's spec. First find pods that would not start again: ${find}`;
}

function concludeGiven(
  subject: string,
  { namespace, pod, phase, secrets }: PodFindings,
): Conclusion {
  const conclusion = `${subject} has all credentials that it requests`;
  const mounts = secrets.flatMap((secret) => secret.mounts);
  const unmounted = mounts.find(({ places }) => places.length === 0);
  if (unmounted !== undefined) {
    return {
      conclusion: `${conclusion}, but no container mounts volume ${unmounted.volume}: none can read Secret ${unmounted.secret}, and the pod does not wait for it.`,
      next: 'add volumeMounts to the containers that need it',
    };
  }
  const singleFile = mounts.find(({ hasSubPath }) => hasSubPath);
  if (singleFile !== undefined) {
    return {
      conclusion: `${conclusion}, but mounts Secret ${singleFile.secret} with subPath. Kubernetes does not update such files, so the credentials expire within the hour.`,
      next: 'mount the whole volume, without subPath',
    };
  }
  if (phase !== 'Pending') return { conclusion: `${conclusion}.` };
  return {
    conclusion: `${conclusion}.`,
    next: shellCommand`if the pod stays Pending, look for another cause: kubectl describe pod ${pod} --namespace ${namespace}`,
  };
}
