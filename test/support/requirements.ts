import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestOptions } from 'vitest';
import { HOW_TO_INSTALL, installedMinorVersion } from '../../local/real-cluster/components.ts';
import { realClusterAvailable } from '../../local/real-cluster/real-cluster.ts';
import { canRunLayerBinaries } from '../../tools/helm/layer-binary.ts';

/** Something that tests need and that a machine may lack. */
export interface Requirement {
  /** What is missing, as the report of skipped tests prints it. */
  readonly missing: string;
  /** How to get it, a command where there is one. */
  readonly remedy: string;
  readonly isMet: () => boolean;
}

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test or suite is skipped. */
    missing?: { readonly what: string; readonly remedy: string };
  }
}

/** kube-apiserver and etcd, and what goes with them. */
export const CONTROL_PLANE: Requirement = {
  missing: 'a Kubernetes control plane',
  remedy: HOW_TO_INSTALL,
  isMet: realClusterAvailable,
};

/** A control plane with MutatingAdmissionPolicy, which the injection of the chart needs. */
export const CONTROL_PLANE_WITH_INJECTION: Requirement = {
  missing: 'a control plane of Kubernetes 1.36 or later',
  remedy: HOW_TO_INSTALL,
  isMet: () => (installedMinorVersion() ?? 0) >= 36,
};

/** Helm and kubectl, from the layer that CDK deploys. */
export const HELM: Requirement = {
  missing: 'Helm and kubectl',
  remedy: 'run the tests on Linux x86-64: the binaries come from the Lambda layer of CDK',
  isMet: canRunLayerBinaries,
};

/** The shell and tools of Alpine. */
export const BUSYBOX: Requirement = {
  missing: 'busybox',
  remedy: 'apt-get install busybox',
  isMet: () => commandRuns('busybox', 'true'),
};

/** The file system of Linux that shows the memory of processes. */
export const PROC: Requirement = {
  missing: '/proc',
  remedy: 'run the tests on Linux',
  isMet: () => existsSync('/proc/self/status'),
};

/** cfn-lint, by the name or path in `CFN_LINT`. */
export const CFN_LINT: Requirement & { readonly command: string } = {
  missing: 'cfn-lint',
  remedy: 'pip install cfn-lint, or set CFN_LINT to its path',
  command: process.env['CFN_LINT'] ?? 'cfn-lint',
  isMet: () => commandRuns(CFN_LINT.command, '--version'),
};

/** ministack, an emulator of AWS, by the name or path in `MINISTACK`. */
export const MINISTACK: Requirement & { readonly command: string } = {
  missing: 'ministack',
  remedy: 'pip install ministack==1.5.33, or set MINISTACK to its path',
  command: process.env['MINISTACK'] ?? 'ministack',
  isMet: () => commandRuns(MINISTACK.command, '--help'),
};

/** checkov, by the name or path in `CHECKOV`. */
export const CHECKOV: Requirement & { readonly command: string } = {
  missing: 'checkov',
  remedy: 'pip install checkov, or set CHECKOV to its path',
  command: process.env['CHECKOV'] ?? 'checkov',
  isMet: () => commandRuns(CHECKOV.command, '--version'),
};

/** `script` of util-linux, which runs a program on a terminal. */
export const SCRIPT: Requirement = {
  missing: 'script of util-linux',
  remedy: 'run the tests on Linux, and install util-linux (Debian: bsdutils)',
  isMet: () => commandRuns('script', '--version'),
};

/**
 * The options of a suite or test that needs something. Where that is missing, the tests are skipped, and the report at the end
 * of the run lists them.
 *
 * @example
 * describe('the chart', requires(HELM), () => {});
 */
export function requires(...requirements: readonly Requirement[]): TestOptions {
  const unmet = requirements.find(({ isMet }) => !isMet());
  if (unmet === undefined) return {};
  return { skip: true, meta: { missing: { what: unmet.missing, remedy: unmet.remedy } } };
}

/** Whether a command exists and succeeds. */
export function commandRuns(command: string, ...words: readonly string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
