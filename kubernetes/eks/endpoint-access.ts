import type { VpcConfigResponse } from '@aws-sdk/client-eks';

/** From where the API server of an EKS cluster can be reached, as DescribeCluster (EKS) returns it. */
export interface EndpointAccess {
  readonly isPublic: boolean;
  /** Address ranges that reach the public endpoint; empty if all do. */
  readonly onlyFrom: readonly string[];
  /** Whether its name resolves to private addresses in the VPC of the cluster. */
  readonly isPrivate: boolean;
  readonly vpcId: string | undefined;
  /** The security group of the API server's network interfaces. */
  readonly securityGroupId: string | undefined;
}

/** Where a function of the stack runs. */
export interface FunctionNetwork {
  readonly vpcId: string;
  /** Empty if unknown. */
  readonly securityGroupIds: readonly string[];
}

/** What keeps a function from the API server, and how to fix it. */
export interface AccessProblem {
  /** Whether no request can succeed. Otherwise it depends on what EKS does not return: routes, addresses and rules. */
  readonly isCertain: boolean;
  /** A sentence without a period. */
  readonly cause: string;
  /** A sentence without a period. */
  readonly remedy: string;
}

/** Without restrictions. EKS adds `::/0` for clusters with IPv6 addresses; functions connect from IPv4 addresses. */
const EVERYWHERE = '0.0.0.0/0';
const MAX_SHOWN_RANGES = 10;

/** Reads the access to the endpoint. The SDK checks no types, and all of this goes into messages. */
export function endpointAccessOf(config: VpcConfigResponse | undefined): EndpointAccess {
  const { publicAccessCidrs } = config ?? {};
  const ranges = Array.isArray(publicAccessCidrs) ? publicAccessCidrs.filter(isRange) : [];
  return {
    isPublic: config?.endpointPublicAccess !== false,
    onlyFrom: ranges.includes(EVERYWHERE) ? [] : ranges,
    isPrivate: config?.endpointPrivateAccess === true,
    vpcId: idOf(config?.vpcId, 'vpc'),
    securityGroupId: idOf(config?.clusterSecurityGroupId, 'sg'),
  };
}

function isRange(text: unknown): boolean {
  return typeof text === 'string' && /^[\da-f.:]{2,45}\/\d{1,3}$/i.test(text);
}

function idOf(value: unknown, prefix: string): string | undefined {
  return typeof value === 'string' && new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(value)
    ? value
    : undefined;
}

/**
 * Returns what may keep a function from the API server, or undefined if every address reaches it (EKS user guide,
 * "Cluster API server endpoint").
 *
 * @param network - undefined for a function outside of any VPC
 */
export function accessProblem(
  clusterName: string,
  access: EndpointAccess,
  network: FunctionNetwork | undefined,
): AccessProblem | undefined {
  if (network === undefined) return problemOutsideVpc(clusterName, access);
  const isSameVpc = access.vpcId === undefined || access.vpcId === network.vpcId;
  if (!access.isPrivate) return problemOfNat(clusterName, access, network);
  return isSameVpc ? problemOfRules(access, network) : problemOfOtherVpc(access, network);
}

function problemOutsideVpc(clusterName: string, access: EndpointAccess): AccessProblem | undefined {
  if (access.isPublic && access.onlyFrom.length === 0) return undefined;
  const cause = access.isPublic
    ? `Its public API endpoint admits only ${rangesOf(access)} (publicAccessCidrs), and the function runs outside of any VPC, where it has no fixed address`
    : 'Its API endpoint is private (endpointPublicAccess: false), and the function runs outside of any VPC';
  const remedy = access.isPrivate
    ? `Set "vpc" in cdk.json to subnets and security groups in ${vpcOf(access)}, allow port 443 from these security groups in ${clusterGroupOf(access)}, and deploy the stack`
    : `Set "vpc" in cdk.json to subnets behind a NAT gateway, add the address of the gateway to publicAccessCidrs, and deploy the stack; or enable the private endpoint as well: ${enablePrivate(clusterName)}`;
  return { isCertain: !access.isPublic, cause, remedy };
}

function problemOfNat(
  clusterName: string,
  access: EndpointAccess,
  { vpcId }: FunctionNetwork,
): AccessProblem {
  const admitted =
    access.onlyFrom.length === 0
      ? ''
      : `, and the public one admits only ${rangesOf(access)} (publicAccessCidrs)`;
  const listed = access.onlyFrom.length === 0 ? '' : ' whose address is in publicAccessCidrs';
  return {
    isCertain: false,
    cause: `Its private API endpoint is disabled (endpointPrivateAccess: false), so that the function leaves ${vpcId} to reach the public one${admitted}`,
    remedy: `Enable the private endpoint: ${enablePrivate(clusterName)}; or route the subnets of the setting "vpc" through a NAT gateway${listed}, and allow outbound traffic to port 443 in their security groups`,
  };
}

function problemOfRules(access: EndpointAccess, network: FunctionNetwork): AccessProblem {
  return {
    isCertain: false,
    cause: `The function is in ${network.vpcId} and reaches the private API endpoint there, if security groups and DNS allow it`,
    remedy: `Allow port 443 from ${groupsOf(network)} in ${clusterGroupOf(access)}: ${allowCommand(access, network)}; allow the same port outbound in these groups, and enable DNS resolution and DNS host names in the VPC`,
  };
}

function problemOfOtherVpc(access: EndpointAccess, network: FunctionNetwork): AccessProblem {
  return {
    isCertain: false,
    cause: `The function is in ${network.vpcId}, the cluster in ${vpcOf(access)}`,
    remedy: `Set "vpc" in cdk.json to subnets and security groups in ${vpcOf(access)}, and deploy the stack; or connect the VPCs, let ${network.vpcId} resolve the private addresses of the endpoint, and allow port 443 from there in ${clusterGroupOf(access)}`,
  };
}

function rangesOf({ onlyFrom }: EndpointAccess): string {
  const omitted = onlyFrom.length - MAX_SHOWN_RANGES;
  return [...onlyFrom.slice(0, MAX_SHOWN_RANGES), ...(omitted > 0 ? [`${omitted} more`] : [])].join(
    ', ',
  );
}

function vpcOf({ vpcId }: EndpointAccess): string {
  return vpcId ?? 'the VPC of the cluster';
}

function clusterGroupOf({ securityGroupId }: EndpointAccess): string {
  return `the cluster security group${securityGroupId === undefined ? '' : ` ${securityGroupId}`}`;
}

function groupsOf({ securityGroupIds }: FunctionNetwork): string {
  return securityGroupIds.length === 0
    ? 'the security groups of the setting "vpc"'
    : securityGroupIds.join(', ');
}

function allowCommand(
  { securityGroupId = 'CLUSTER_SECURITY_GROUP' }: EndpointAccess,
  { securityGroupIds: [source = 'SECURITY_GROUP'] }: FunctionNetwork,
): string {
  return `aws ec2 authorize-security-group-ingress --group-id ${securityGroupId} --protocol tcp --port 443 --source-group ${source}`;
}

function enablePrivate(clusterName: string): string {
  return `aws eks update-cluster-config --name ${clusterName} --resources-vpc-config endpointPrivateAccess=true`;
}
