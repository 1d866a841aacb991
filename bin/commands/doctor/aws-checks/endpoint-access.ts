import type { Cluster } from '@aws-sdk/client-eks';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import {
  type AccessProblem,
  accessProblem,
  type EndpointAccess,
  endpointAccessOf,
} from '../../../../kubernetes/eks/endpoint-access.ts';
import { type Check, type Finding, failed, ok, warning } from '../check.ts';
import { judgeCluster } from './identity-and-cluster.ts';

/** The access settings of the API endpoint admit the functions. */
export const endpointAccessCheck: Check = {
  id: 'endpoint-access',
  title: 'API access',
  requires: ['eks-cluster'],
  run: (context) => judgeCluster(context, judgeEndpointAccess),
};

/** Returns what may keep the functions of the settings from the API server; undefined if nothing does. */
export function accessProblemOf(
  { resourcesVpcConfig }: Pick<Cluster, 'resourcesVpcConfig'>,
  { clusterName, vpc }: Pick<ClusterSettings, 'clusterName' | 'vpc'>,
): AccessProblem | undefined {
  return accessProblem(clusterName, endpointAccessOf(resourcesVpcConfig), vpc);
}

/**
 * Judges whether the access settings admit the functions. Rules of security groups and routes are not read: the function
 * itself reports whether it reaches the API server.
 */
export function judgeEndpointAccess(
  cluster: Pick<Cluster, 'resourcesVpcConfig'>,
  settings: Pick<ClusterSettings, 'clusterName' | 'vpc'>,
): Finding {
  const access = endpointAccessOf(cluster.resourcesVpcConfig);
  const problem = accessProblemOf(cluster, settings);
  if (problem?.isCertain) return failed(problem.cause, problem.remedy);
  const isRestricted = !access.isPrivate && access.onlyFrom.length > 0;
  if (problem !== undefined && (settings.vpc === undefined || isRestricted)) {
    return warning(problem.cause, problem.remedy);
  }
  return ok(describeAccess(access));
}

function describeAccess({ isPublic, isPrivate, onlyFrom, vpcId }: EndpointAccess): string {
  const ways = [
    ...(isPublic
      ? [`public${onlyFrom.length === 0 ? '' : ` from ${onlyFrom.length} ranges`}`]
      : []),
    ...(isPrivate ? [`private in ${vpcId ?? 'its VPC'}`] : []),
  ];
  return ways.join(' and ');
}

/** Returns what the operator needs to reach the API endpoint; undefined if every address does. */
export function accessForOperator({
  resourcesVpcConfig,
}: Pick<Cluster, 'resourcesVpcConfig'>): string | undefined {
  const { isPublic, onlyFrom, vpcId } = endpointAccessOf(resourcesVpcConfig);
  if (isPublic && onlyFrom.length === 0) return undefined;
  const from = isPublic
    ? `admits only ${onlyFrom.length} address ranges (publicAccessCidrs)`
    : 'is private (endpointPublicAccess: false)';
  const where = `${isPublic ? 'one of them, or from ' : ''}${vpcId ?? 'the VPC of the cluster'}`;
  return `the API endpoint of the cluster ${from}: run doctor from ${where}, for example over a VPN or with a proxy-url in the kubeconfig`;
}
