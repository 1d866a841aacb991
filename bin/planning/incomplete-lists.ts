import type { ClusterView } from '../../lambda/observe/cluster-view.ts';
import { explainFailure } from '../kubeconfig/explain-failure.ts';

/** Why what was read of a cluster is not all there is: a line for each list that did not arrive whole. */
export function incompleteLists(view: ClusterView): readonly string[] {
  return Object.entries(view).flatMap(([list, { failure }]) =>
    failure === undefined ? [] : [`${LISTS[list] ?? list}: ${explainFailure(failure)}`],
  );
}

const LISTS: Readonly<Record<string, string>> = {
  secrets: 'Secrets',
  awsIamRoles: 'AWSIAMRoles',
};
