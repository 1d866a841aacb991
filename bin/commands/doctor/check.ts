import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { AwsReader } from './readers/aws-reader.ts';
import type { CheckRefresher } from './readers/check-refresher.ts';
import type { ClusterReader } from './readers/cluster-reader.ts';
import type { Unreadable } from './readers/read-result.ts';

/** A cluster of `cdk.json`, and the clients to examine it with. */
export interface CheckContext {
  readonly settings: ClusterSettings;
  readonly region: string;
  readonly cluster: ClusterReader;
  readonly aws: AwsReader;
  readonly check: CheckRefresher;
  readonly now: () => Date;
}

/** One check of the chain from the settings to the credentials of a pod. */
export interface Check {
  /** E.g. `access-entry`. */
  readonly id: string;
  /** E.g. `access entry`. */
  readonly title: string;
  /** Checks that must succeed before this one can read anything. */
  readonly requires?: readonly string[];
  /**
   * Checks whose failure explains the failure of this one. It is then skipped, so that one cause is reported once. If
   * they were skipped themselves, this check runs.
   */
  readonly after?: readonly string[];
  run(context: CheckContext): Promise<Finding>;
}

/** `not-checked` means unknown: the caller lacks a permission, or another problem has to be fixed first. */
export type Status = 'ok' | 'warning' | 'failed' | 'not-checked';

/** The word that is printed for each status. */
export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  'not-checked': 'not checked',
};

/** Result of one check. */
export interface Finding {
  readonly status: Status;
  /** The result in one line. */
  readonly says: string;
  /** Parts of the result, one line each. */
  readonly details?: readonly string[];
  /** What the operator can do about it. */
  readonly remedy?: string;
}

/** Result of a check that ran or was skipped. */
export interface CheckResult extends Finding {
  readonly id: string;
  readonly title: string;
  /** The check because of which this one was skipped. */
  readonly because?: string;
}

/** The check succeeded. */
export function ok(says: string): Finding {
  return { status: 'ok', says };
}

/** It works, but should be fixed. */
export function warning(says: string, remedy: string, details: readonly string[] = []): Finding {
  return { status: 'warning', says, remedy, ...(details.length === 0 ? {} : { details }) };
}

/** It does not work, or will not when it is needed. */
export function failed(says: string, remedy: string, details: readonly string[] = []): Finding {
  return { status: 'failed', says, remedy, ...(details.length === 0 ? {} : { details }) };
}

/** The state is unknown. */
export function notChecked(says: string, remedy?: string): Finding {
  return { status: 'not-checked', says, ...(remedy === undefined ? {} : { remedy }) };
}

/** The finding for something that could not be read. A missing permission is reported, and nothing is guessed. */
export function unreadable(result: Unreadable): Finding {
  switch (result.kind) {
    case 'forbidden':
      return missingPermissions([result.permission]);
    case 'no-credentials':
      return notChecked(
        `AWS rejected your credentials: ${result.message}`,
        'log in to the account of the cluster (aws sso login, AWS_PROFILE or AWS_ACCESS_KEY_ID), and run doctor again',
      );
    case 'failed':
      return failed(result.message, 'run doctor again; if the error persists, follow the message');
  }
}

/** The finding for missing permissions of the caller. */
export function missingPermissions(permissions: readonly string[]): Finding {
  return notChecked(
    `missing permission: ${permissions.join(', ')}`,
    'request it; docs/command-line.md lists all permissions that doctor needs',
  );
}
