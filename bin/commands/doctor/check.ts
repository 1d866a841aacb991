import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { AwsReader } from './aws-reader.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { Finding } from './finding.ts';

/** What is examined: a cluster of `cdk.json`, and the ways to look at it. */
export interface Subject {
  readonly settings: ClusterSettings;
  readonly region: string;
  readonly cluster: ClusterReader;
  readonly aws: AwsReader;
  readonly now: () => Date;
}

/** One link of the chain from the settings to the credentials of a pod. */
export interface Check {
  /** E.g. `access-entry`. */
  readonly id: string;
  /** The link, in a word or two. */
  readonly title: string;
  /** The checks without whose success this one cannot look at anything. */
  readonly requires?: readonly string[];
  /**
   * The checks whose own failure explains that of this one: then it says nothing, so that one cause gives one failure. When
   * they were not made, this one is.
   */
  readonly after?: readonly string[];
  run(subject: Subject): Promise<Finding>;
}

/** A check that was made, or left out. */
export interface CheckResult extends Finding {
  readonly id: string;
  readonly title: string;
  /** The check whose result had this one left out. */
  readonly because?: string;
}
