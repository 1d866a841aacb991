/** What is read of an `STSClient`: the endpoint rules that AWS ships with it. */
export interface HasStsEndpointRules {
  readonly config: {
    endpointProvider(parameters: { readonly Region: string }): { readonly url: URL };
  };
}

/**
 * The host of STS in a region, e.g. `sts.cn-north-1.amazonaws.com.cn`. EKS takes tokens that are addressed to the
 * regional STS of its own partition and no others, so an endpoint that the environment sets (`AWS_ENDPOINT_URL_STS`)
 * has no say here: the token is not sent to STS by us but by EKS.
 */
export function regionalStsHost(sts: HasStsEndpointRules, region: string): string {
  return sts.config.endpointProvider({ Region: region }).url.host;
}
