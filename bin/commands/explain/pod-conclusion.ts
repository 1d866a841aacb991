import { INJECT_LABEL, INJECT_VALUE } from '../../../contract/injection.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/secret.ts';
import type { SecretExplanation } from './explain-secret.ts';
import type { MountedSecret, PodFindings } from './pod-findings.ts';
import { OUTCOMES, type Outcome } from './secret-verdict.ts';

/** What is to be said in the end, and what to do. */
export interface Conclusion {
  readonly conclusion: string;
  readonly next?: string;
}

/** Draws the conclusion for a pod: what is worst of its Secrets, or why it has none. */
export function concludePod(findings: PodFindings): Conclusion {
  const { namespace, pod, phase, secrets } = findings;
  const of = `Pod ${namespace}/${pod}`;
  if (!findings.isInScope) {
    return {
      conclusion: `${of} gets nothing: the product does not look at namespace ${namespace}.`,
      next: 'see the settings namespaces and excludedNamespaces in cdk.json',
    };
  }
  if (phase === 'Succeeded' || phase === 'Failed') {
    return { conclusion: `${of} has ended (${phase}), and nothing is made for it any more.` };
  }
  if (secrets.length === 0) return concludeWithoutSecrets(of, findings);
  const [worst] = secrets.toSorted(
    (one, other) => OUTCOMES.indexOf(one.outcome) - OUTCOMES.indexOf(other.outcome),
  );
  return worst === undefined || worst.outcome === 'given'
    ? concludeGiven(of, phase, secrets)
    : concludeSecret(of, worst);
}

/** Draws the conclusion from one Secret. Commands in it can be copied: nothing follows them. */
export function concludeSecret(
  of: string,
  { outcome, secret, conclusion, next }: SecretExplanation,
): Conclusion {
  return {
    conclusion: `${of} ${STANDS[outcome]} Secret ${secret}: ${conclusion}`,
    ...(next === undefined ? {} : { next }),
  };
}

const STANDS: Readonly<Record<Outcome, string>> = {
  withheld: 'does not get',
  failing: 'has trouble with',
  undecided: 'may get',
  waiting: 'waits for',
  given: 'has',
};

function concludeWithoutSecrets(of: string, { namespace, annotation }: PodFindings): Conclusion {
  if (annotation === undefined) {
    return {
      conclusion: `${of} asks for nothing: it mounts neither a Secret ${SECRET_NAME_PREFIX}ROLE nor that of an AWSIAMRole.`,
      next: `mount the Secret ${SECRET_NAME_PREFIX}ROLE of its role at /meta/aws-iam (README, "Your first pod")`,
    };
  }
  return {
    conclusion: `${of} asks by annotation for role ${annotation}, and nothing made a volume of that when the pod was created.`,
    next: `with the setting podInjection and Kubernetes 1.36: kubectl label namespace ${namespace} ${INJECT_LABEL}=${INJECT_VALUE}, and make the pod anew; otherwise mount the Secret by hand`,
  };
}

function concludeGiven(of: string, phase: string, secrets: readonly MountedSecret[]): Conclusion {
  const conclusion = `${of} has all that it asks for.`;
  const unmounted = secrets
    .flatMap(({ mounts }) => mounts)
    .find(({ places }) => places.length === 0);
  if (unmounted !== undefined) {
    return {
      conclusion: `${conclusion.slice(0, -1)}, but no container mounts volume ${unmounted.volume}, so none sees Secret ${unmounted.secret}, and the pod does not wait for it.`,
      next: 'add volumeMounts to the containers that need it',
    };
  }
  const singleFile = secrets.flatMap(({ mounts }) => mounts).find(({ hasSubPath }) => hasSubPath);
  if (singleFile !== undefined) {
    return {
      conclusion: `${conclusion.slice(0, -1)}, but mounts Secret ${singleFile.secret} by subPath, and such files are never updated: its credentials end within the hour.`,
      next: 'mount the whole volume, without subPath',
    };
  }
  if (phase !== 'Pending') return { conclusion };
  return {
    conclusion,
    next: 'if it stays Pending, something else is in the way: kubectl describe pod',
  };
}
